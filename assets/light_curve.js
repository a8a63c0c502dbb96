/* The light curve in the browser: ticks for the range one has zoomed to, the selected alert with what its score saw,
   stepping from alert to alert, and showing or hiding points. Nothing here asks the server; the rules are those of
   components/figures/time_axis.py and light_curve_score.py. */
(function () {
  "use strict";
  const doc = document;
  const root = doc.documentElement;
  const house = window.oddfinch;
  const role = (t) => (t.meta && t.meta.role) || "";
  const lane = (t) => (t.meta && t.meta.lane) || "";
  const beamer = () => root.dataset.theme === "beamer";

  /* ---------- ticks ---------- */
  const STEPS = [1 / 24, 1 / 12, 1 / 4, 1 / 2, 1, 2, 5, 10, 20, 50, 100, 200, 365, 730, 1825, 3650];
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const YEARS_FROM = 700, END = 0.95;
  const utc = (mjd) => new Date((mjd - 40587) * 86400000);
  const two = (n) => String(n).padStart(2, "0");
  function utcText(mjd, step, span, year) {
    const t = utc(mjd), month = MONTHS[t.getUTCMonth()];
    if (step >= 1 && span > YEARS_FROM) return `${month} ${t.getUTCFullYear()}`;
    const day = `${t.getUTCDate()} ${month}${year ? " " + t.getUTCFullYear() : ""}`;
    return step < 1 ? `${day} ${two(t.getUTCHours())}:${two(t.getUTCMinutes())}` : day;
  }
  const mjdText = (mjd, step) => mjd.toFixed(step < 1 ? 2 : 0);
  function places(a, b, step) {
    const found = [];
    for (let n = Math.ceil(a / step); n <= Math.floor(b / step); n++) found.push(+(n * step).toFixed(6));
    return found;
  }
  function days(d, step) {
    const text = d.toFixed(step < 1 ? 2 : 0);
    return +text === 0 ? "0" : text.replace("-", "−");
  }
  function below(a, b, step, ago) {
    if (ago === undefined) {
      const vals = places(a, b, step);
      return [vals, vals.map((v) => mjdText(v, step))];
    }
    const back = places(ago - b, ago - a, step).reverse();
    const vals = back.map((d) => +(ago - d).toFixed(6));
    return [vals, vals.map((v, n) => `${days(back[n], step)}<br>${v.toFixed(2)}`)];
  }
  function above(a, b, step, span) {
    const vals = places(a, b, step);
    const years = vals.map((v) => utc(v).getUTCFullYear());
    const year = (n) => (n === 0 || years[n] !== years[n - 1]) && vals[n] <= a + END * span;
    return [vals, vals.map((v, n) => utcText(v, step, span, year(n)))];
  }
  const mostTicks = (gd) => Math.max(2, Math.floor(gd.offsetWidth / (beamer() ? 170 : 110)));
  function ticks(gd, a, b) {
    const span = Math.max(b - a, 1e-6), most = mostTicks(gd);
    const step = STEPS.find((s) => Math.floor(span / s) + 1 <= most) || span / Math.max(most - 1, 1);
    if (!gd.layout.xaxis2) {
      const vals = places(a, b, step);
      return { "xaxis.tickvals": vals, "xaxis.ticktext": vals.map((v) => `${utcText(v, step, span)}<br>${mjdText(v, step)}`) };
    }
    const ago = gd.closest("[data-ago-from]");
    const [vals, texts] = below(a, b, step, ago ? +ago.dataset.agoFrom : undefined);
    const [dates, words] = above(a, b, step, span);
    return { "xaxis.tickvals": vals, "xaxis.ticktext": texts, "xaxis2.tickvals": dates, "xaxis2.ticktext": words };
  }

  /* ---------- what depends on the range: ranks that have room, and where the window's words stand ---------- */
  const RANK_PX = 24;
  function rankTexts(gd, a, b) {
    const at = gd.data.findIndex((t) => role(t) === "ranks");
    if (at < 0) return null;
    const t = gd.data[at], ranks = t.meta.ranks;
    const room = (RANK_PX / gd._fullLayout.xaxis._length) * (b - a);
    const printed = [];
    const order = ranks.map((_, n) => n).sort((m, n) => ranks[m] - ranks[n] || t.x[n] - t.x[m]);
    for (const n of order) if (printed.every((m) => Math.abs(t.x[n] - t.x[m]) >= room)) printed.push(n);
    return { at, text: ranks.map((r, n) => (printed.includes(n) ? "#" + r : "")) };
  }
  function placeWords(gd, a, b) {
    const shade = gd.layout.shapes.find((s) => s.name === "window");
    const words = gd.layout.annotations.find((n) => n.name === "window");
    if (!shade || !words) return;
    const start = Math.max(shade.x0, a), stop = Math.min(shade.x1, b);
    const room = ((beamer() ? 230 : 150) / gd._fullLayout.xaxis._length) * (b - a);
    const left = start + room <= b;
    words.visible = shade.visible && gd.layout.xaxis2 !== undefined && start < stop;
    Object.assign(words, { x: left ? start : stop, xanchor: left ? "left" : "right", xshift: left ? 4 : -4 });
  }
  function show(gd, layout, a, b) {
    const ranks = rankTexts(gd, a, b);
    placeWords(gd, a, b);
    const all = Object.assign({}, layout, ticks(gd, a, b));
    if (ranks) window.Plotly.update(gd, { text: [ranks.text] }, all, [ranks.at]); else window.Plotly.relayout(gd, all);
  }
  function relayout(gd, event) {
    if (event["xaxis.tickvals"] || !gd.layout.xaxis) return;
    const touched = Object.keys(event).some((k) => /^xaxis2?\./.test(k) || k.startsWith("yaxis.range") || k === "yaxis.autorange");
    if (!touched) return;
    const [a, b] = gd.layout.xaxis.range;
    if (gd.closest("[data-zoom]")) {
      const y = event["yaxis.range[0]"] !== undefined ? gd.layout.yaxis.range.map((v) => v.toFixed(3)) : [];
      house.writeUrl({ zoom: event["xaxis.autorange"] ? null : [a.toFixed(3), b.toFixed(3), ...y].join(",") });
    }
    gd.oddfinchZoomed = true;
    setTimeout(() => settle(gd), 30);
  }
  /* Dash draws a figure again, with the ticks and shapes it had first, whenever one zooms: ours come after that. */
  function settle(gd) {
    if (!gd.isConnected) return;
    const chosen = gd.oddfinchChosen, [a, b] = gd.layout.xaxis.range;
    if (chosen && gd.layout.shapes.find((s) => s.name === "hairline").x0 !== chosen.mjd) markTime(gd, chosen);
    if (!gd.oddfinchZoomed) return;
    if (String(ticks(gd, a, b)["xaxis.tickvals"]) !== String(gd.layout.xaxis.tickvals)) show(gd, {}, a, b);
  }
  function zoomOut(gd) {
    const home = gd.closest("[data-home]");
    if (!home) return;
    const [x0, x1, y0, y1] = JSON.parse(home.dataset.home);
    house.writeUrl({ zoom: null });
    const ranges = { "xaxis.range": [x0, x1], "yaxis.range": [y0, y1] };
    if (gd.layout.xaxis2) ranges["xaxis2.range"] = [x0, x1];
    show(gd, ranges, x0, x1);
  }

  /* ---------- the selected alert ---------- */
  const WINDOW_D = 30;
  const pointOf = (gd, name, candid) => {
    for (const t of gd.data) {
      if (lane(t) !== name && role(t) !== name) continue;
      const at = (t.customdata || []).findIndex((c) => c === candid || (Array.isArray(c) && c.includes(candid)));
      if (at >= 0) return [t.x[at], t.y[at]];
    }
    return null;
  };
  /* Traces and shapes are moved without drawing anything else again: a whole redraw of 1,000 points takes 0.2 s. */
  function move(gd, moves, name, point) {
    gd.data.forEach((t, n) => {
      if (role(t) === name) moves.set(n, { x: [point ? point[0] : null], y: [point ? point[1] : null] });
    });
  }
  function drawMoves(gd, moves) {
    window.Plotly.animate(gd, { data: Array.from(moves.values()), traces: Array.from(moves.keys()) },
      { transition: { duration: 0 }, frame: { duration: 0, redraw: false }, mode: "immediate" });
  }
  /* Plotly reads a shape anew when its opacity is set, and only that shape. Nobody is told: the view is the same. */
  function drawShapes(gd, names) {
    const own = {};
    for (const kind of ["shapes", "annotations"]) {
      gd.layout[kind].forEach((s, n) => { if (names.includes(s.name)) own[`${kind}[${n}].opacity`] = 1; });
    }
    if (!gd.oddfinchEmit) {
      gd.oddfinchEmit = gd.emit;
      gd.emit = (name, event) => {
        const quiet = name === "plotly_relayout" && Object.keys(event).every((k) => k.endsWith("].opacity"));
        return quiet ? undefined : gd.oddfinchEmit(name, event);
      };
    }
    window.Plotly.relayout(gd, own);
  }
  /* The points behind the score of an alert: g and r, not limits, of the 30 days before it. */
  function markSeen(gd, moves, mjd) {
    const box = gd.closest("[data-panel]").querySelector("[data-seen]");
    const counts = {};
    const inside = (x) => mjd !== null && x >= mjd - WINDOW_D && x <= mjd;
    gd.data.forEach((t, n) => {
      if (role(t) !== "seen") return;
      const from = gd.data.find((o) => lane(o) === "curve" && o.meta.band === t.meta.band && o.meta.kind === t.meta.kind);
      const at = Array.from(from.x.keys()).filter((k) => inside(from.x[k]));
      const of = (values) => (at.length ? at.map((k) => values[k]) : [null]);
      moves.set(n, { x: of(from.x), y: of(from.y) });
      counts[t.meta.band] = (counts[t.meta.band] || 0) + at.length;
    });
    if (!box) return;
    for (const [band, x] of JSON.parse(box.dataset.seen)) if (inside(x)) counts[band] = (counts[band] || 0) + 1;
    const words = ["g", "r"].filter((b) => counts[b]).map((b) => `${counts[b]} ${b}`).join(", ");
    box.hidden = !words;
    box.querySelector("[data-seen-words]").textContent = `in the score (${words})`;
  }
  function ring(gd, candid) {
    const point = pointOf(gd, "curve", candid);
    if (!point) return false;
    const score = pointOf(gd, "score", candid);
    const moves = new Map();
    move(gd, moves, "ring", point);
    move(gd, moves, "ring-score", score);
    move(gd, moves, "ring-colour", pointOf(gd, "colour", candid));
    move(gd, moves, "ring-class", [point[0], 0.1]);
    markSeen(gd, moves, score ? point[0] : null);
    drawMoves(gd, moves);
    gd.oddfinchChosen = { mjd: point[0], scored: !!score };
    markTime(gd, gd.oddfinchChosen);
    return true;
  }
  /* Hairline and window of the selected alert, with the window's words. */
  function markTime(gd, chosen) {
    for (const s of gd.layout.shapes) {
      if (s.name === "hairline") Object.assign(s, { x0: chosen.mjd, x1: chosen.mjd, visible: true });
      if (s.name === "window") Object.assign(s, { x0: chosen.mjd - WINDOW_D, x1: chosen.mjd, visible: chosen.scored });
    }
    placeWords(gd, ...gd.layout.xaxis.range);
    drawShapes(gd, ["hairline", "window"]);
  }
  const stepped = () => Array.from(doc.querySelectorAll(".js-plotly-plot")).find((gd) => gd.closest("[data-step]"));
  function alertsOf(gd) {
    const seen = new Map();
    for (const t of gd.data) {
      if (lane(t) !== "curve" || t.visible === false) continue;
      (t.customdata || []).forEach((c, i) => { if (c) seen.set(c, t.x[i]); });
    }
    return Array.from(seen).sort((a, b) => a[1] - b[1]).map((x) => x[0]);
  }
  function select(candid) {
    const gd = stepped();
    if (gd && ring(gd, candid)) house.setView({ alert: candid });
  }
  function step(by) {
    const gd = stepped();
    if (!gd) return false;
    const list = alertsOf(gd);
    const now = list.indexOf(house.params().get("alert") || gd.closest("[data-step]").dataset.step);
    const next = list[Math.min(Math.max((now < 0 ? list.length - 1 : now) + by, 0), list.length - 1)];
    if (next) select(next);
    return true;
  }
  function click(gd, event) {
    const of = event.points && event.points[0] && event.points[0].customdata;
    const candid = Array.isArray(of) ? of.find(Boolean) : of;
    if (candid && gd.closest("[data-step]")) select(candid);
  }

  /* ---------- the legend ---------- */
  function toggle(button) {
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    const panel = button.closest("[data-panel]");
    const off = Array.from(panel.querySelectorAll("[data-legend][aria-pressed=false]")).map((b) => b.dataset.legend);
    const gd = panel.querySelector(".js-plotly-plot");
    const visible = gd.data.map((t) => !(t.meta && (off.includes(t.meta.band) || off.includes(t.meta.kind))));
    window.Plotly.restyle(gd, { visible });
    if (panel.querySelector("[data-zoom]")) house.writeUrl({ hide: off.join(",") });
  }

  house.curve = { relayout, settle, zoomOut, select, step, click, toggle };
})();
