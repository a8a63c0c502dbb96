/* The three stamps of an alert on canvases, from one request: stretch, inversion, one zoom and one cross hair for all
   three, and steps to alerts whose stamps are already here. The server draws the panel once (pages/_cutouts.py); what
   follows the address bar after that happens here. Painting and fetching are in cutout_stamps.js. */
(function () {
  "use strict";
  const doc = document;
  const KINDS = ["Science", "Template", "Difference"];
  const OTHER_NAMES = { asinh: "arcsinh", range: "percentile" };
  const STRETCHES = ["arcsinh", "linear", "percentile"];
  const MOST_ZOOM = 8;
  const ZOOM_STEP = Math.SQRT2;
  const { kept, stamps, paint, valueAt, offsetWords, number, minus } = window.oddfinch.stamps;
  const house = () => window.oddfinch;

  /* ---------- one panel ---------- */
  const viewers = new Map();
  const token = (name) => getComputedStyle(doc.documentElement).getPropertyValue("--" + name).trim();
  const part = (v, name) => v.el.querySelector(`[${name}]`);

  function options(v) {
    const q = house().params();
    const name = OTHER_NAMES[q.get("stretch")] || q.get("stretch");
    return {
      stretch: STRETCHES.includes(name) ? name : "arcsinh", inverted: q.get("invert") === "1",
      cross: v.hover || v.pinned, colour: token("xh"), unit: 1,
    };
  }
  function render(v) {
    if (!v.record || !v.el.isConnected) return;
    const o = options(v), ratio = window.devicePixelRatio || 1;
    for (const canvas of v.el.querySelectorAll("canvas")) {
      const side = canvas.clientWidth, kind = canvas.dataset.kind;
      if (!side) continue;
      if (canvas.width !== Math.round(side * ratio)) canvas.width = canvas.height = Math.round(side * ratio);
      const g = canvas.getContext("2d");
      g.setTransform(ratio, 0, 0, ratio, 0, 0);
      g.clearRect(0, 0, side, side);
      const scale = paint(g, v.record, kind, side, v.view, Object.assign(o, { compass: kind === "Science" || side > 250, unit: side > 250 ? 1.6 : 1 }));
      if (scale) Object.assign(canvas.dataset, { arcsec: scale.arcsec, bar: scale.bar.toFixed(1) });
      canvas.closest(".cut").classList.toggle("failed", !v.record.of[kind]);
    }
    read(v, o);
    v.el.dataset.drawn = v.record.candid;
  }
  /* What is under the cross hair, or under the alert when there is none, in words below the stamps. */
  function read(v, o) {
    const r = v.record, place = o.cross || [r.size / 2, r.size / 2];
    for (const out of v.el.querySelectorAll("[data-value]")) {
      const value = valueAt(r, out.dataset.value, place);
      out.textContent = r.of[out.dataset.value] ? number(value) : "";
      out.dataset.exact = value === undefined ? "" : String(value);
    }
    part(v, "data-cut-place").textContent = `${r.unit} at ${offsetWords(r, place)}`;
    part(v, "data-cut-factor").textContent = `${+v.view.zoom.toFixed(1)}×`;
    const difference = r.of.Difference, legend = v.el.querySelector(".cut-signs");
    legend.hidden = !difference;
    if (difference) {
      const reach = difference.limits[o.stretch][1];
      part(v, 'data-sign="-"').textContent = minus("-" + number(reach));
      part(v, 'data-sign="+"').textContent = "+" + number(reach);
      legend.classList.toggle("inverted", o.inverted);
    }
    part(v, "data-cut-invert").setAttribute("aria-pressed", String(o.inverted));
    for (const b of v.el.querySelectorAll("[data-group=stretch] button")) {
      b.setAttribute("aria-pressed", String(JSON.parse(b.dataset.view).stretch === o.stretch));
    }
  }

  /* ---------- zoom, shared by the three and kept in the address: factor, then east and north of the middle ---------- */
  function clamped(v) {
    const size = v.record.size, half = size / v.view.zoom / 2;
    v.view.x = Math.min(Math.max(v.view.x, half), size - half);
    v.view.y = Math.min(Math.max(v.view.y, half), size - half);
  }
  function fromAddress(v) {
    const [zoom, x, y] = (house().params().get("czoom") || "").split(",").map(Number);
    const middle = v.record.size / 2;
    const good = [zoom, x, y].every(Number.isFinite) && zoom >= 1 && zoom <= MOST_ZOOM;
    v.view = good ? { zoom, x: middle + x, y: middle + y } : { zoom: 1, x: middle, y: middle };
    clamped(v);
  }
  function written(v) {
    clearTimeout(v.writing);
    const path = location.pathname;
    v.writing = setTimeout(() => {
      if (!v.el.isConnected || location.pathname !== path) return;
      const { zoom, x, y } = v.view, middle = v.record.size / 2;
      house().writeUrl({ czoom: zoom > 1 ? [zoom, x - middle, y - middle].map((n) => +n.toFixed(2)).join(",") : null });
    }, 200);
  }
  function zoomTo(v, zoom, around) {
    const was = v.view.zoom;
    const at = around || (v.pinned ? v.pinned.map((n) => Math.floor(n) + 0.5) : [v.view.x, v.view.y]);
    v.view.zoom = Math.min(Math.max(zoom, 1), MOST_ZOOM);
    if (Math.abs(v.view.zoom - 1) < 0.05) v.view.zoom = 1;
    const ratio = was / v.view.zoom;
    v.view.x = at[0] + (v.view.x - at[0]) * ratio;
    v.view.y = at[1] + (v.view.y - at[1]) * ratio;
    clamped(v);
    written(v);
    render(v);
  }
  function frameAt(v, canvas, e) {
    const box = canvas.getBoundingClientRect(), width = v.record.size / v.view.zoom;
    const at = (part, middle) => middle - width / 2 + Math.min(Math.max(part, 0), 0.9999) * width;
    return [at((e.clientX - box.left) / box.width, v.view.x), at((e.clientY - box.top) / box.height, v.view.y)];
  }
  function pointers(v, canvas) {
    let grip = null;
    canvas.addEventListener("pointermove", (e) => {
      if (!v.record) return;
      if (grip) {
        const k = canvas.clientWidth * v.view.zoom / v.record.size;
        const dx = (e.clientX - grip.at[0]) / k, dy = (e.clientY - grip.at[1]) / k;
        grip.moved = grip.moved || Math.hypot(dx, dy) * k > 3;
        if (grip.moved && v.view.zoom > 1) {
          Object.assign(v.view, { x: grip.x - dx, y: grip.y - dy });
          clamped(v); written(v);
        }
      }
      v.hover = frameAt(v, canvas, e);
      render(v);
    });
    canvas.addEventListener("pointerdown", (e) => {
      if (e.button || !v.record) return;
      grip = { at: [e.clientX, e.clientY], x: v.view.x, y: v.view.y };
      canvas.setPointerCapture(e.pointerId);
    });
    canvas.addEventListener("pointerup", (e) => {
      if (grip && !grip.moved) v.pinned = frameAt(v, canvas, e);
      grip = null;
      render(v);
    });
    canvas.addEventListener("pointercancel", () => { grip = null; });
    canvas.addEventListener("pointerleave", () => { if (!grip) { v.hover = null; render(v); } });
    canvas.addEventListener("wheel", (e) => {
      if (!v.record || (e.deltaY > 0 && v.view.zoom === 1) || e.ctrlKey) return; /* a page that scrolls goes on scrolling */
      e.preventDefault();
      zoomTo(v, v.view.zoom * (e.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP), frameAt(v, canvas, e));
    }, { passive: false });
  }
  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function keys(v, e) {
    if (!v.record || e.ctrlKey || e.metaKey || e.altKey) return;
    const move = MOVES[e.key], onStamps = e.target.closest(".cuts");
    if (move && onStamps) {
      const [x, y] = v.pinned || [v.record.size / 2, v.record.size / 2], far = e.shiftKey ? 5 : 1;
      const within = (n) => Math.min(Math.max(n, 0.5), v.record.size - 0.5);
      v.pinned = [within(Math.floor(x) + 0.5 + far * move[0]), within(Math.floor(y) + 0.5 + far * move[1])];
      v.hover = null;
      const half = v.record.size / v.view.zoom / 2;
      v.view.x = Math.min(Math.max(v.view.x, v.pinned[0] - half + 1), v.pinned[0] + half - 1);
      v.view.y = Math.min(Math.max(v.view.y, v.pinned[1] - half + 1), v.pinned[1] + half - 1);
      clamped(v);
      if (v.view.zoom > 1) written(v);
      render(v);
    } else if (e.key === "+" || e.key === "=") zoomTo(v, v.view.zoom * ZOOM_STEP);
    else if (e.key === "-") zoomTo(v, v.view.zoom / ZOOM_STEP);
    else if (e.key === "0") zoomTo(v, 1);
    else if (e.key === "Escape" && onStamps && v.pinned) { v.pinned = v.hover = null; render(v); }
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  /* ---------- showing an alert ---------- */
  const soon = window.requestIdleCallback ? (f) => requestIdleCallback(f, { timeout: 2000 }) : (f) => setTimeout(f, 300);
  function lookAhead(v) {
    soon(() => {
      if (!v.record || !v.el.isConnected) return;
      for (const candid of [v.record.previous, v.record.next]) if (candid) stamps(v.id, candid, true);
    });
  }
  function shown(v, record) {
    v.record = record;
    v.el.removeAttribute("aria-busy");
    if (!v.view) fromAddress(v);
    render(v);
    lookAhead(v);
  }
  /* The parts of the panel around the stamps that name the alert. */
  function relabel(v, record) {
    const panel = v.el.closest("[data-panel]") || v.panel;
    const when = part(v, "data-when");
    const old = when.dataset.when;
    when.dataset.when = record.candid;
    when.textContent = record.when;
    panel.querySelector(".note").textContent = record.words;
    for (const a of panel.querySelectorAll('a[href^="/cutout/"]')) {
      a.setAttribute("href", a.getAttribute("href").replace(`/${old}/`, `/${record.candid}/`));
    }
    for (const code of panel.querySelectorAll(".menu.code pre")) code.textContent = code.textContent.replaceAll(old, record.candid);
    for (const copy of panel.querySelectorAll(".menu.code [data-copy]")) copy.dataset.copy = copy.dataset.copy.replaceAll(old, record.candid);
  }
  /* Stamps that are here are drawn at once; the panel is asked again only when they cannot be had. */
  function select(v, candid) {
    if (candid === v.candid) return;
    v.candid = candid;
    const here = kept.get(v.id + "/" + candid);
    if (here) { relabel(v, here); shown(v, here); return; }
    v.el.setAttribute("aria-busy", "true");
    stamps(v.id, candid).then((record) => {
      if (v.candid !== candid || !v.el.isConnected) return;
      if (!record || !record.fresh) { larger(v, false); house().askAgain(v.slot); return; }
      relabel(v, record);
      shown(v, record);
    });
  }

  /* ---------- larger, and as a picture ---------- */
  function larger(v, on) {
    const dialog = v.box.querySelector("dialog");
    if (on === dialog.open) return;
    if (on) {
      v.box.style.minHeight = v.box.offsetHeight + "px";
      dialog.append(v.el);
      dialog.showModal();
      v.el.querySelector(".cuts").focus();
    } else dialog.close();
    render(v);
  }
  function back(v) {
    v.box.prepend(v.el);
    v.box.style.minHeight = "";
    render(v);
    const button = v.panel.querySelector("[data-cut-expand]");
    if (button) button.focus();
  }
  const TILE = 504, GAP = 16, HEAD = 44, FOOT = 60;
  function save(v) {
    const r = v.record, o = Object.assign(options(v), { unit: 1.6, compass: true });
    if (!r) { house().toast("There are no stamps to save yet."); return; }
    const canvas = Object.assign(doc.createElement("canvas"), { width: 3 * TILE + 4 * GAP, height: HEAD + TILE + FOOT });
    const g = canvas.getContext("2d");
    const font = getComputedStyle(doc.body).fontFamily;
    const words = (t, x, y, style) => { g.font = `${style} ${font}`; g.fillStyle = "#14181D"; g.textAlign = "left"; g.textBaseline = "alphabetic"; g.fillText(t, x, y); };
    g.fillStyle = "#ffffff";
    g.fillRect(0, 0, canvas.width, canvas.height);
    const caption = [r.object_id, r.of_newest ? r.words : `alert ${r.candid}, ${r.utc}, ${r.when.split(", ").pop()}`, r.origin].join("  ·  ");
    words(caption, GAP, 30, "600 20px");
    KINDS.forEach((kind, n) => {
      const x = GAP + n * (TILE + GAP);
      g.save();
      g.translate(x, HEAD);
      g.fillStyle = "#EDF0F3";
      g.fillRect(0, 0, TILE, TILE);
      paint(g, r, kind, TILE, v.view, o);
      g.restore();
      words(kind + (r.of[kind] ? "" : ": none from Fink"), x, HEAD + TILE + 22, "600 17px");
    });
    const reach = r.of.Difference ? `; difference ±${number(r.of.Difference.limits[o.stretch][1])} ${r.unit}` : "";
    words(`Stretch ${o.stretch}${o.inverted ? ", inverted" : ""}${reach}; ${(r.size * r.scale / v.view.zoom).toFixed(0)}″ wide`, GAP, HEAD + TILE + 48, "16px");
    v.el.dataset.caption = caption;
    canvas.toBlob((blob) => {
      const a = Object.assign(doc.createElement("a"), { href: URL.createObjectURL(blob), download: r.file });
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 10000);
    }, "image/png");
  }

  /* ---------- binding ---------- */
  function bind(el) {
    el.dataset.bound = "";
    const slot = el.closest("[data-slot]"), d = el.dataset;
    const v = { el, slot, box: el.closest(".cutouts-box"), panel: el.closest("[data-panel]"), id: d.cutouts, candid: d.candid };
    viewers.set(slot, v);
    el.querySelectorAll("canvas").forEach((canvas) => pointers(v, canvas));
    v.box.addEventListener("keydown", (e) => keys(v, e));
    v.box.querySelector("dialog").addEventListener("close", () => back(v));
    new ResizeObserver(() => render(v)).observe(el.querySelector(".cuts"));
    const old = kept.get(v.id + "/" + v.candid);
    if (old && old.of_newest) kept.delete(v.id + "/" + v.candid); /* drawn anew by the server: the right ones may be there now */
    el.setAttribute("aria-busy", "true");
    stamps(v.id, v.candid).then((record) => {
      if (!v.record && v.candid === d.candid) {
        if (record) shown(v, record);
        else { el.removeAttribute("aria-busy"); el.dataset.drawn = "none"; el.querySelectorAll(".cut").forEach((c) => c.classList.add("failed")); }
      }
    });
    const now = JSON.parse(slot.dataset.ask).alert || "";
    if (now && now !== d.asked) select(v, now); /* stepped on while this was being drawn */
  }
  const stretched = (ask) => [ask.stretch, ask.invert].join();
  function followed(slot, before) {
    const was = JSON.parse(before || "{}"), ask = JSON.parse(slot.dataset.ask);
    const v = viewers.get(slot);
    const alive = v && v.el.isConnected;
    if (ask.alert !== was.alert && ask.alert) {
      if (alive) select(v, ask.alert);
      else if (slot.querySelector("[data-panel]:not([data-state=loading])")) house().askAgain(slot);
    }
    if (alive && stretched(ask) !== stretched(was)) render(v);
  }
  new MutationObserver((changes) => {
    for (const c of changes) {
      if (c.type === "attributes" && c.target.dataset.slot === "cutouts") followed(c.target, c.oldValue);
    }
    for (const el of doc.querySelectorAll("[data-cutouts]:not([data-bound])")) bind(el);
    for (const [slot, v] of viewers) if (!v.el.isConnected) viewers.delete(slot);
  }).observe(doc.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-ask"], attributeOldValue: true });

  doc.addEventListener("click", (e) => {
    const el = e.target.closest && e.target.closest("[data-cut-zoom],[data-cut-invert],[data-cut-expand],[data-cut-close],[data-cut-picture]");
    const v = el && viewers.get(el.closest("[data-slot]"));
    if (!v) return;
    const d = el.dataset;
    if (d.cutZoom) zoomTo(v, v.view.zoom * (d.cutZoom === "in" ? ZOOM_STEP : 1 / ZOOM_STEP));
    else if (d.cutInvert !== undefined) house().setView({ invert: el.getAttribute("aria-pressed") === "true" ? null : "1" });
    else if (d.cutExpand !== undefined) larger(v, true);
    else if (d.cutClose !== undefined) larger(v, false);
    else if (d.cutPicture !== undefined) save(v);
  });
})();
