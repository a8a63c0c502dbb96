/* The period panel: folding needs no server. Every change is written into the address (fold, cycles, phase0) and drawn
   from what the folded traces carry in their meta; only another shortest period (pmin) makes a new search. */
(function () {
  "use strict";
  const doc = document;
  const LIMITS = [0.002, 100000]; /* pages/_period.py */
  const params = () => window.oddfinch.params();
  const facts = (box) => JSON.parse(box.dataset.period);
  const plot = (box) => box.querySelector(".js-plotly-plot");
  /* Eight significant digits, as services/period_peaks.py writes a period. */
  function words(days, digits = 8) {
    const text = days.toFixed(Math.max(digits - 1 - Math.floor(Math.log10(days)), 0));
    return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
  }
  /* How the points are folded now: the address, else what the server began with. */
  function folding(box) {
    const q = params(), f = facts(box);
    const period = +(q.get("fold") || f.start);
    const phase0 = (((+q.get("phase0") || 0) % 1) + 1) % 1;
    return { period, phase0, cycles: q.get("cycles") === "1" ? 1 : 2, zero: f.epoch + phase0 * period };
  }
  const phaseOf = (mjd, f) => { const turns = (mjd - f.zero) / f.period; return +(turns - Math.floor(turns)).toFixed(5); };

  function refold(box) {
    const gd = plot(box), f = folding(box);
    const text = words(f.period);
    tell(box, f, text);
    if (!gd || !gd.data) return;
    const again = Array.from({ length: f.cycles }, (_, n) => n);
    const repeated = (list) => again.flatMap(() => list);
    const at = [], change = { x: [], y: [], "error_y.array": [] };
    gd.data.forEach((trace, n) => {
      const m = trace.meta || {};
      if (m.fold) {
        const phase = m.mjd.map((t) => phaseOf(t, f));
        change.x.push(again.flatMap((k) => phase.map((p) => p + k)));
        change.y.push(repeated(m.value));
        change["error_y.array"].push(repeated(m.error));
      } else if (m.role === "chosen") {
        change.x.push([f.period, f.period]);
        change.y.push(trace.y);
        change["error_y.array"].push(undefined);
      } else return;
      at.push(n);
    });
    window.Plotly.update(gd, change, { "xaxis3.range": [0, f.cycles], "xaxis3.title.text": `Phase of ${words(f.period, 6)} d` }, at);
  }
  /* Fields, buttons and words that depend on the folding. */
  function tell(box, f, text) {
    const values = { fold: text, phase0: String(+f.phase0.toFixed(3)) };
    for (const [name, value] of Object.entries(values)) {
      const field = box.querySelector(`input[name="period-${name}"]`);
      if (field && (field.type === "range" || doc.activeElement !== field)) field.value = value;
    }
    const zero = box.querySelector("[data-period-zero]");
    if (zero) zero.textContent = f.zero.toFixed(4);
    for (const b of box.querySelectorAll("[data-period-cycles]")) b.setAttribute("aria-pressed", String(+b.dataset.periodCycles === f.cycles));
    for (const b of box.querySelectorAll("[data-period-fold]")) b.setAttribute("aria-pressed", String(b.dataset.periodFold === text));
    const figure = box.querySelector("[data-caption]");
    if (figure) figure.dataset.caption = `${facts(box).caption}, P = ${text} d, phase 0 at MJD ${f.zero.toFixed(4)}`;
  }
  let waiting = null;
  /* A slider fires faster than a figure draws. */
  function soon(box) {
    if (waiting) return;
    waiting = requestAnimationFrame(() => { waiting = null; refold(box); });
  }
  function foldWith(box, days) {
    if (!(days >= LIMITS[0] && days <= LIMITS[1])) {
      window.oddfinch.toast(`A period is between ${LIMITS[0]} and ${LIMITS[1].toLocaleString("en")} d.`);
      tell(box, folding(box), words(folding(box).period));
      return;
    }
    window.oddfinch.writeUrl({ fold: words(days) });
    soon(box);
  }

  /* ---------- fields: Dash has no element for them, so their places become one here ---------- */
  function field(place) {
    const d = place.dataset, input = doc.createElement("input");
    input.name = "period-" + d.periodInput;
    input.setAttribute("aria-label", d.label);
    if (d.periodInput === "phase0") {
      Object.assign(input, { type: "range", min: "0", max: "1", step: "0.005" });
    } else {
      Object.assign(input, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false });
    }
    input.value = d.value;
    place.replaceWith(input);
  }
  const boxOf = (el) => el && el.closest && el.closest("[data-period]");
  const typed = (input) => Number(input.value.trim().replace(",", ".").replace(/\s*d$/, "") || NaN);
  doc.addEventListener("input", (e) => {
    const box = boxOf(e.target);
    if (!box || e.target.name !== "period-phase0") return;
    const shift = +e.target.value % 1;
    window.oddfinch.writeUrl({ phase0: shift || null });
    soon(box);
  });
  doc.addEventListener("change", (e) => {
    const box = boxOf(e.target);
    if (!box) return;
    if (e.target.name === "period-fold") foldWith(box, typed(e.target));
    if (e.target.name === "period-pmin") window.oddfinch.setView({ pmin: e.target.value.trim() || null });
  });
  doc.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && e.target.matches && e.target.matches("[data-period] input[type=text]")) e.target.blur();
  });

  /* ---------- clicks ---------- */
  doc.addEventListener("click", (e) => {
    const link = e.target.closest('a[href="#folded.csv"]');
    if (link) { e.preventDefault(); save(link.closest("[data-panel]").querySelector("[data-period]")); return; }
    const box = boxOf(e.target), button = e.target.closest("[data-period-fold],[data-period-times],[data-period-cycles]");
    if (!box || !button) return;
    const d = button.dataset;
    if (d.periodFold) foldWith(box, +d.periodFold);
    else if (d.periodTimes) foldWith(box, folding(box).period * +d.periodTimes);
    else { window.oddfinch.writeUrl({ cycles: d.periodCycles === "1" ? "1" : null }); soon(box); }
  });

  /* ---------- the folded points as a file ---------- */
  function save(box) {
    const f = folding(box), about = facts(box), gd = plot(box);
    const names = ["i:objectId", "i:candid", "i:jd", "i:fid", `oddfinch:${about.mode}`, `oddfinch:${about.mode}_error`,
      "oddfinch:phase", "oddfinch:period_d", "oddfinch:epoch_mjd", "oddfinch:source"];
    const fid = { g: 1, r: 2, i: 3 };
    const rows = gd.data.filter((t) => t.meta && t.meta.fold).flatMap(({ meta: m }) => m.mjd.map((mjd, n) => [
      about.object_id, m.candid[n] ?? "", (mjd + 2400000.5).toFixed(7), fid[m.fold], m.value[n], m.error[n] ?? "",
      phaseOf(mjd, f), words(f.period), f.zero.toFixed(6), about.source]));
    rows.sort((a, b) => a[6] - b[6]);
    const text = [names, ...rows].map((row) => row.join(",")).join("\r\n") + "\r\n";
    const a = doc.createElement("a");
    a.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    a.download = about.file + ".csv";
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 10000);
  }

  /* ---------- new content ---------- */
  /* Period of the peak under the pointer: the line below it has the grid's period, which is not as good. */
  const NEAR_PX = 10;
  function peakAt(gd, event) {
    const peaks = gd.data.find((t) => t.meta && t.meta.role === "peaks");
    const { xaxis2: x, yaxis2: y } = gd._fullLayout, frame = gd.getBoundingClientRect();
    const far = peaks.x.map((days, n) => Math.hypot(
      frame.left + x._offset + x.d2p(days) - event.clientX, frame.top + y._offset + y.d2p(peaks.y[n]) - event.clientY));
    const nearest = far.indexOf(Math.min(...far));
    return far[nearest] <= NEAR_PX ? peaks.x[nearest] : null;
  }
  function bind(box) {
    const gd = plot(box);
    if (!gd || !gd.on || gd.oddfinchPeriod) return;
    gd.oddfinchPeriod = true;
    gd.on("plotly_click", (e) => {
      const point = (e.points || []).find((p) => ["peaks", "power"].includes((p.data.meta || {}).role));
      if (point) foldWith(boxOf(gd), peakAt(gd, e.event) || point.x);
    });
    gd.on("plotly_doubleclick", () => { window.Plotly.relayout(gd, { "xaxis2.range": facts(boxOf(gd)).range.slice() }); return false; });
    tell(box, folding(box), words(folding(box).period));
  }
  let queued = false;
  function settle() {
    queued = false;
    for (const place of doc.querySelectorAll("[data-period-input]")) {
      const box = boxOf(place);
      field(place);
      tell(box, folding(box), words(folding(box).period));
    }
    for (const box of doc.querySelectorAll("[data-period]")) bind(box);
  }
  function queue() { if (!queued) { queued = true; requestAnimationFrame(settle); } }
  new MutationObserver(queue).observe(doc.body, { childList: true, subtree: true });
})();
