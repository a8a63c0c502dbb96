/* Cells of the night table. Text is set as text, never as HTML; the sparkline is an SVG of our own server. */
(function () {
  "use strict";
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const R = window.React;
  const h = R.createElement;
  const two = (a, b) => h("div", { className: "two" }, h("div", null, a), h("div", { className: "quiet" }, b));

  cells.ObjectCell = (p) => two(
    h("a", { href: p.data.href, className: "mono" },
      h("b", null, p.data.object_id)), p.data.time);

  cells.ClassCell = (p) => {
    const c = p.data.cls;
    const shape = c.label === "Ambiguous" ? "sq hatched" : c.family === "NA" ? "sq na" : "sq";
    return h("span", { className: "chip fam-" + c.family, title: c.title },
      h("span", { className: shape, "aria-hidden": true }), h("b", null, c.label), h("span", { className: "origin" }, c.origin));
  };

  cells.MagCell = (p) => p.data.mag === null ? h("span", { className: "quiet" }, "none") : two(
    h(R.Fragment, null, h("span", { className: `mk mk-${p.data.band}-${p.data.negative ? "neg" : "valid"} band-${p.data.band}` }),
      ` ${p.data.band} ${p.data.mag.toFixed(2)}`), `± ${p.data.mag_err === null ? "?" : p.data.mag_err.toFixed(2)}`);

  cells.TopCell = (p) => !p.data.times_ever ? h("span", { className: "quiet" }, "never") : h("span", { className: "repeats" }, h("b", null, p.data.times_90d), ` / ${p.data.times_ever} `,
    h("span", { className: "tag " + (p.data.is_new ? "new" : "returning") }, p.data.is_new ? "new" : "returning"));

  cells.TnsCell = (p) => p.data.tns_name ? two(h("b", null, p.data.tns || "no type"), p.data.tns_name)
    : p.data.tns ? h("b", null, p.data.tns) : h("span", { className: "quiet" }, "none");

  cells.CoordCell = (p) => h("div", { className: "two mono" }, h("div", null, p.data.ra_text), h("div", null, p.data.dec_text));

  /* Pictures of rows go through a queue of two: a browser has six connections to a server, and when Fink is slow the
     panels that somebody waits for must not stand behind twenty pictures. A row that was scrolled past before its turn
     is left out; what has begun is finished and kept, because the server would work on it all the same. */
  const waiting = [];
  let working = 0;
  function next() {
    while (working < 2 && waiting.length) {
      const job = waiting.shift();
      if (job.stop.signal.aborted) continue;
      working += 1;
      fetch(job.url).then(job.done, job.failed).finally(() => { working -= 1; next(); });
    }
  }
  const queued = (url, stop) => new Promise((done, failed) => { waiting.push({ url, stop, done, failed }); next(); });
  const known = new Map();
  cells.SparkCell = (p) => {
    const url = p.data.spark;
    const [svg, setSvg] = R.useState(known.get(url) || null);
    R.useEffect(() => {
      if (known.has(url)) { setSvg(known.get(url)); return undefined; }
      const stop = new AbortController();
      queued(url, stop)
        .then((a) => { if (!a.ok) throw new Error(a.status); return a.text(); })
        .then((t) => { known.set(url, t); setSvg(t); })
        .catch((e) => { if (e.name !== "AbortError") setSvg("failed"); });
      return () => stop.abort();
    }, [url]);
    if (svg === "failed") return h("span", { className: "quiet" }, "Fink did not answer");
    if (!svg) return h("span", { className: "spark skeleton-bar", "aria-label": "loading" });
    return h("span", { className: "spark", dangerouslySetInnerHTML: { __html: svg } });
  };

  cells.StampCell = (p) => {
    const url = p.data.stamp_facts;
    const [facts, setFacts] = R.useState(known.get(url) || null);
    R.useEffect(() => {
      if (known.has(url)) { setFacts(known.get(url)); return undefined; }
      const stop = new AbortController();
      queued(url, stop).then((a) => { if (!a.ok) throw new Error(a.status); return a.json(); })
        .then((f) => { known.set(url, f); setFacts(f); })
        .catch((e) => { if (e.name !== "AbortError") setFacts("failed"); });
      return () => stop.abort();
    }, [url]);
    if (!facts) return h("span", { className: "stamp-cell" }, h("span", { className: "stamp-wait", "aria-label": "loading" }));
    if (facts === "failed") return h("span", { className: "quiet", title: "Fink did not give a cutout of this alert" }, "no cutout");
    return h("span", { className: "stamp-cell" },
      h("img", { src: window.oddfinch.sourced(p.data.stamp), alt: "Science cutout of " + p.data.object_id, width: 46, height: 46, onError: () => setFacts("failed") }),
      facts.note ? h("span", { className: "quiet" }, facts.note) : null);
  };
})();
