/* What the browser does by itself: the address bar as state, keys, themes, stepping through alerts.
   One mechanism: an element with data-view='{"key": value}' changes the view; the view is the query string; a slot
   that names the key in data-keys is asked again. Nothing here talks to a data source. */
(function () {
  "use strict";
  const doc = document;
  const root = doc.documentElement;

  /* ---------- the address bar ---------- */
  const params = () => new URLSearchParams(location.search);
  function writeUrl(patch) {
    const q = params();
    for (const [k, v] of Object.entries(patch)) {
      if (v === null || v === undefined || v === "") q.delete(k); else q.set(k, String(v));
    }
    const text = q.toString().replace(/%2C/g, ",").replace(/%3A/g, ":");
    history.replaceState(history.state, "", location.pathname + (text ? "?" + text : "") + location.hash);
    /* What a panel will be asked for next time follows the address, whether or not it is redrawn now. */
    for (const slot of slots()) {
      const ask = JSON.parse(slot.dataset.ask);
      for (const [k, v] of Object.entries(patch)) {
        if (v === null || v === undefined || v === "") delete ask[k]; else ask[k] = v;
      }
      slot.dataset.ask = JSON.stringify(ask);
    }
  }
  /* The table's script, where the first page came without it (pages/_first.py): null when it is there. */
  const WITH_TABLE = ["/", "/classes", "/search", "/tns"]; /* as in pages/_first.py */
  let gridScript = null;
  function grid() {
    const later = doc.getElementById("grid-script");
    if (later && !gridScript) {
      gridScript = new Promise((done, failed) => {
        const script = doc.createElement("script");
        script.src = later.dataset.src;
        script.onload = () => { later.remove(); done(); };
        script.onerror = () => { gridScript = null; failed(); };
        doc.head.append(script);
      });
    }
    return later && gridScript;
  }
  function go(href) {
    const waiting = WITH_TABLE.includes(new URL(href, location.href).pathname) && grid();
    if (waiting) waiting.then(() => leave(href), () => location.assign(href)); else leave(href);
  }
  window.addEventListener("popstate", (e) => {
    const waiting = WITH_TABLE.includes(location.pathname) && grid();
    if (!waiting) return;
    e.stopImmediatePropagation();
    waiting.then(() => window.dispatchEvent(new PopStateEvent("popstate")), () => location.reload());
  });
  function leave(href) {
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }
  const slots = () => Array.from(doc.querySelectorAll("[data-slot]"));
  function askAgain(slot, extra) {
    const ask = Object.assign(JSON.parse(slot.dataset.ask), extra || {});
    const retry = ask.retry;
    delete ask.retry; /* belongs to this one request, not to the panel */
    slot.dataset.ask = JSON.stringify(ask);
    slot.dataset.busy = "";
    delete slot.dataset.after;
    const data = Object.assign({}, ask, { retry, asked: Date.now() });
    behindFrame(() => {
      if (!slot.isConnected) return; /* the page was left: its slot may be another page's by now */
      window.dash_clientside.set_props({ kind: "change", panel: slot.dataset.slot }, { data });
    });
  }
  /* Dash needs some 10 ms to take a question: what the key or click changed at once is on screen before that. */
  const behindFrame = (work) => (doc.hidden ? work() : requestAnimationFrame(() => setTimeout(work)));
  function setView(patch) {
    writeUrl(patch);
    for (const el of doc.querySelectorAll("[data-view]")) {
      const wanted = JSON.parse(el.dataset.view);
      const same = Object.keys(wanted).every((k) => k in patch);
      if (same && el.hasAttribute("aria-pressed")) {
        el.setAttribute("aria-pressed", String(Object.entries(wanted).every(([k, v]) => String(patch[k] ?? "") === String(v ?? ""))));
      }
    }
    for (const slot of slots()) {
      const inside = slot.querySelector("[data-panel]");
      const keys = `${slot.dataset.keys || ""},${(inside && inside.dataset.keys) || ""}`.split(",");
      const mine = Object.fromEntries(Object.entries(patch).filter(([k]) => keys.includes(k)));
      if (Object.keys(mine).length) askAgain(slot, mine);
    }
  }

  /* ---------- toast and clipboard ---------- */
  let toastTimer;
  function toast(text) {
    const box = doc.getElementById("toast");
    box.textContent = text;
    box.classList.add("on");
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => box.classList.remove("on"), 6000);
  }
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch (e) {
      const area = doc.createElement("textarea");
      area.value = text;
      doc.body.append(area);
      area.select();
      doc.execCommand("copy");
      area.remove();
    }
    toast("Copied " + (text.length > 60 ? text.slice(0, 57) + "…" : text));
  }

  /* ---------- theme ---------- */
  const token = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
  function repaint(gd) {
    const places = gd.layout && gd.layout.meta && gd.layout.meta.tokens;
    if (!places) return;
    for (const [path, name] of places) {
      let node = gd;
      for (const step of path.slice(0, -1)) node = node && node[step];
      if (node) node[path[path.length - 1]] = token(name);
    }
    window.Plotly.redraw(gd);
  }
  const plots = () => Array.from(doc.querySelectorAll(".js-plotly-plot"));
  function setTheme(name) {
    root.dataset.theme = name;
    doc.cookie = "oddfinch-theme=" + name + ";path=/;SameSite=Lax;max-age=31536000";
    plots().forEach(repaint);
    window.dispatchEvent(new Event("resize"));
  }

  /* ---------- figures as files; what is special about light curves is in light_curve.js ---------- */
  function figureFile(button) {
    const panel = button.closest("[data-panel]");
    const gd = panel.querySelector(".js-plotly-plot");
    if (!gd) { toast("There is no figure to export yet."); return; }
    const light = JSON.parse(JSON.stringify({ data: gd.data, layout: gd.layout }));
    const was = root.dataset.theme;
    root.dataset.theme = "light";
    for (const [path, name] of light.layout.meta.tokens) {
      let node = light;
      for (const step of path.slice(0, -1)) node = node && node[step];
      if (node) node[path[path.length - 1]] = token(name);
    }
    root.dataset.theme = was;
    const box = gd.closest("[data-caption]");
    const caption = box ? box.dataset.caption : doc.title;
    const l = light.layout;
    l.paper_bgcolor = "#ffffff";
    const top = (l.margin && l.margin.t) || 0;
    l.margin = Object.assign({}, l.margin, { t: top + 26 });
    l.annotations = (l.annotations || []).concat([{
      text: caption, xref: "paper", yref: "paper", x: 0, y: 1, xanchor: "left", yanchor: "bottom", yshift: top + 4,
      showarrow: false, font: { size: 12, color: "#14181D" } }]);
    l.width = gd.offsetWidth;
    l.height = gd.offsetHeight + 26;
    window.Plotly.downloadImage(light, {
      format: button.dataset.kind, scale: 2, width: l.width, height: l.height,
      filename: (box && box.dataset.file) || "oddfinch" });
  }

  /* ---------- new content: bind figures, clear busy marks, mark the current place ---------- */
  function bind(gd) {
    if (gd.oddfinch || !gd.on) return;
    gd.oddfinch = true;
    if (gd.closest("[data-home]")) {
      const curve = window.oddfinch.curve;
      gd.on("plotly_relayout", (e) => curve.relayout(gd, e));
      gd.on("plotly_doubleclick", () => { curve.zoomOut(gd); return false; });
      gd.on("plotly_click", (e) => curve.click(gd, e));
      gd.on("plotly_afterplot", () => curve.settle(gd));
    }
    const baked = gd.closest("[data-theme-drawn]");
    if (baked && baked.dataset.themeDrawn !== root.dataset.theme) repaint(gd);
    gd.dataset.drawn = Math.round(performance.timeOrigin + performance.now()); /* in Unix milliseconds */
    /* Only now, so that nothing stands before the figure: the table's script and the neighbours are fetched ahead. */
    setTimeout(() => { if (grid()) gridScript.catch(() => undefined); }, 300);
  }
  /* Once the light curve is drawn and the links to the neighbours are there, whichever comes last. */
  function fetchNeighbours() {
    const curve = doc.querySelector("[data-step] .js-plotly-plot[data-drawn]");
    if (!curve || curve.dataset.ahead === location.pathname) return;
    const near = Array.from(doc.querySelectorAll("a[data-key=previous],a[data-key=next]"));
    if (!near.length) return;
    curve.dataset.ahead = location.pathname;
    fetch("/prefetch/" + near.map((a) => a.pathname.split("/").pop()).join(","), { method: "POST" })
      .then(() => setTimeout(() => near.forEach((a) => lookAhead(a.pathname + a.search).catch(() => undefined)), 300)).catch(() => undefined);
  }
  /* The page of a neighbour, as Dash's router would get it (assets/index.html hands it over); only with its figure. */
  const AHEAD_MS = 300000;
  async function lookAhead(address) {
    const from = location.pathname;
    const asked = await fetch("/ahead.json?page=" + encodeURIComponent(address));
    const text = await asked.text();
    if (!asked.ok || from !== location.pathname || text.includes('"kind":"ask","panel":"light-curve"')) return;
    const answer = new Response(text, { headers: { "Content-Type": "application/json" } });
    window.oddfinchAhead.set(address, { answer, until: Date.now() + AHEAD_MS });
  }
  function markPlace() {
    const here = location.pathname;
    for (const a of doc.querySelectorAll(".places a")) {
      const mine = a.getAttribute("href") === here;
      if (mine) a.setAttribute("aria-current", "page"); else a.removeAttribute("aria-current");
    }
  }
  /* Panels come as components with text inside (components/markup.py); the text becomes elements before the next paint. */
  function fill() {
    for (const el of doc.querySelectorAll("[data-markup]")) {
      el.innerHTML = el.dataset.markup;
      delete el.dataset.markup;
    }
  }
  /* A panel that stands behind another one is asked for when the other's figure or table is drawn: what people came
     to see is first. One that takes longer than this, because its source is slow, holds nothing up. */
  const HELD_MS = 3000;
  function drawnYet(name) {
    const slot = doc.querySelector(`[data-slot="${name}"]`);
    if (!slot || slot.querySelector("[data-state=loading],[data-markup]")) return !slot;
    const table = slot.querySelector("#night-grid");
    if (table) return table.dataset.bound !== undefined && !!table.querySelector(".ag-row, .ag-overlay-no-rows-center");
    return !slot.querySelector(".dash-graph") || !!slot.querySelector("[data-drawn]");
  }
  function askHeld() {
    for (const slot of doc.querySelectorAll("[data-slot][data-after]")) {
      const first = slot.dataset.heldUntil === undefined;
      if (first) slot.dataset.heldUntil = performance.now() + HELD_MS;
      if (drawnYet(slot.dataset.after) || performance.now() >= +slot.dataset.heldUntil) askAgain(slot);
      else if (first) setTimeout(askHeld, HELD_MS + 1);
    }
  }
  let queued = false;
  function settle() {
    queued = false;
    plots().forEach(bind);
    askHeld();
    fetchNeighbours();
    markPlace();
    for (const box of doc.querySelectorAll("[data-fragment]:not([data-bound])")) {
      box.dataset.bound = "";
      fetch(box.dataset.fragment).then((a) => (a.ok ? a.text() : Promise.reject(new Error(a.status))))
        .then((t) => { box.innerHTML = t; }).catch(() => { box.textContent = "The columns could not be fetched."; });
    }
    const table = doc.querySelector("#night-grid:not([data-bound])");
    if (table && window.oddfinch.bindGrid) {
      if (window.oddfinch.bindGrid(table)) table.dataset.bound = ""; else setTimeout(settle, 30);
    }
    for (const panel of doc.querySelectorAll("[data-refreshing]:not([data-bound])")) {
      panel.dataset.bound = "";
      const slot = panel.closest("[data-slot]");
      const times = +(slot.dataset.times || 0) + 1;
      slot.dataset.times = times;
      if (times <= 5) setTimeout(() => { if (slot.isConnected) askAgain(slot); }, 1500 * times);
    }
    const box = doc.querySelector("[data-poll]:not([data-bound])");
    if (box) { box.dataset.bound = ""; seenVersion = +box.dataset.version; poll(); }
    for (const note of doc.querySelectorAll("[data-stamp-facts]:not([data-bound])")) {
      note.dataset.bound = "";
      const images = Array.from(note.parentElement.querySelectorAll("img[data-src]"));
      fetch(note.dataset.stampFacts).then((a) => (a.ok ? a.json() : Promise.reject(new Error(a.status))))
        .then((f) => { note.textContent = f.words; images.forEach((i) => { i.src = i.dataset.src; }); })
        .catch(() => {
          note.textContent = "Fink gave no cutout of this alert.";
          images.forEach((i) => i.closest(".stamp").classList.add("failed"));
        });
    }
    for (const img of doc.querySelectorAll(".stamp img:not([data-bound])")) {
      img.dataset.bound = "";
      img.addEventListener("error", () => img.closest(".stamp").classList.add("failed"));
      img.addEventListener("load", () => img.closest(".stamp").classList.remove("failed"));
      if (img.complete && !img.naturalWidth && img.getAttribute("src")) img.closest(".stamp").classList.add("failed");
    }
  }
  new MutationObserver((changes) => {
    fill();
    for (const c of changes) {
      const slot = c.target.closest && c.target.closest("[data-slot]");
      if (slot && c.type === "childList") delete slot.dataset.busy;
    }
    if (!queued) { queued = true; requestAnimationFrame(settle); }
  }).observe(doc.body, { childList: true, subtree: true });
  doc.addEventListener("plotly_afterplot", settle, true);

  /* ---------- clicks ---------- */
  doc.addEventListener("click", (e) => {
    const a = e.target.closest("a[href^='/']");
    if (a && !a.hasAttribute("download") && !a.target && !(e.ctrlKey || e.metaKey || e.shiftKey || e.button)) {
      e.preventDefault();
      if (a.getAttribute("aria-disabled") !== "true") go(a.getAttribute("href"));
      return;
    }
    const el = e.target.closest("[data-view],[data-copy],[data-retry],[data-figure],[data-legend],[data-step-by],[data-copy-link],[data-alert],[data-index],#theme-toggle,#beamer-toggle,#help-open");
    for (const menu of doc.querySelectorAll("details.menu[open]")) if (!menu.contains(e.target)) menu.open = false;
    if (!el) return;
    const d = el.dataset;
    if (el.id === "theme-toggle") setTheme(root.dataset.theme === "dark" ? "light" : "dark");
    else if (el.id === "beamer-toggle") setTheme(root.dataset.theme === "beamer" ? "light" : "beamer");
    else if (el.id === "help-open") doc.getElementById("help").showModal();
    else if (d.view) toggleView(el, JSON.parse(d.view));
    else if (d.copyLink !== undefined) copy(location.href);
    else if (d.alert) window.oddfinch.curve.select(d.alert);
    else if (d.index) fetch("/index/" + d.index, { method: "POST" }).then(poll);
    else if (d.copy) copy(d.copy);
    else if (d.retry) askAgain(el.closest("[data-slot]") || doc.querySelector(`[data-slot="${d.retry}"]`), { retry: Date.now() });
    else if (d.figure) figureFile(el);
    else if (d.legend) window.oddfinch.curve.toggle(el);
    else if (d.stepBy) window.oddfinch.curve.step(+d.stepBy);
  });
  /* Quick filters add up; every other choice replaces the one before it. */
  function toggleView(el, wanted) {
    if (el.dataset.filter === undefined) { setView(wanted); return; }
    el.setAttribute("aria-pressed", String(el.getAttribute("aria-pressed") !== "true"));
    const on = Array.from(doc.querySelectorAll("[data-filter][aria-pressed=true]")).map((b) => b.dataset.filter);
    writeUrl({ only: on.join(",") });
    window.oddfinch.refilter();
  }

  /* ---------- the history while it loads: a line with counts, and what depends on it again when it is complete ---------- */
  let polling = null, seenVersion = 0;
  async function poll() {
    clearTimeout(polling);
    const box = doc.querySelector("[data-poll]");
    if (!box) return;
    let p;
    try { p = await (await fetch(box.dataset.poll)).json(); } catch (e) { polling = setTimeout(poll, 3000); return; }
    box.replaceChildren();
    const missing = p.total - p.done;
    if (missing > 0) {
      const bar = doc.createElement("progress");
      bar.max = p.total; bar.value = p.done;
      bar.setAttribute("aria-label", "Months of history loaded");
      const words = doc.createElement("span");
      words.textContent = p.cancelled ? `History: ${p.done} of ${p.total} months. Loading was cancelled.`
        : p.running && p.month ? `History: month ${p.done + 1} of ${p.total} (${p.month}). Counts of repeats may still rise.`
        : `History: ${p.done} of ${p.total} months. ${p.trouble ? "Fink did not answer; it will be asked again." : ""}`;
      const button = doc.createElement("button");
      button.type = "button"; button.className = "btn small";
      button.dataset.index = p.cancelled ? "resume" : p.running && p.month ? "cancel" : "retry";
      button.textContent = { resume: "Resume", cancel: "Cancel", retry: "Retry now" }[button.dataset.index];
      box.append(bar, words, button);
    }
    if (missing === 0 && seenVersion !== p.version) {
      for (const name of ["night-title", "night-calendar", "night-summary", "night-table"]) {
        const slot = doc.querySelector(`[data-slot="${name}"]`);
        if (slot) askAgain(slot);
      }
    }
    if (missing === 0) seenVersion = p.version;
    polling = setTimeout(poll, missing > 0 ? 1000 : 60000);
  }
  doc.addEventListener("submit", (e) => {
    if (e.target.id === "range") {
      e.preventDefault();
      const value = (id) => encodeURIComponent(doc.getElementById(id).value.trim());
      go(`/?from=${value("from-box")}&to=${value("to-box")}`);
    }
    if (e.target.id !== "search") return;
    e.preventDefault();
    const text = doc.getElementById("search-box").value.trim();
    if (!text) return;
    go(/^ZTF\d{2}[a-z]{7}$/.test(text) ? "/object/" + text : "/search?q=" + encodeURIComponent(text));
    doc.getElementById("search-box").blur();
  });
  doc.addEventListener("input", (e) => {
    if (!e.target.closest("[data-search-rows]")) return;
    const words = e.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of e.target.closest("[data-panel]").querySelectorAll("tbody tr")) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((w) => text.includes(w));
    }
  });

  /* ---------- keys ---------- */
  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));
  /* Between an address and its page the keys would step from the page before. */
  function between() {
    const page = doc.querySelector("[data-object]");
    return page && location.pathname.startsWith("/object/") && location.pathname.slice(8) !== page.dataset.object;
  }
  function follow(rel) {
    if (between()) return true;
    const a = doc.querySelector(`[data-key="${rel}"]`);
    if (!a || a.getAttribute("aria-disabled") === "true") return false;
    a.click();
    return true;
  }
  function nextMode() {
    const group = doc.querySelector('[data-group="mode"]');
    if (!group) return;
    const all = Array.from(group.children);
    const now = all.findIndex((b) => b.getAttribute("aria-pressed") === "true");
    all[(now + 1) % all.length].click();
  }
  doc.addEventListener("keydown", (e) => {
    if (typing(e.target)) {
      if (e.key === "Escape") e.target.blur();
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (doc.querySelector("dialog[open]")) return;
    const k = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    let done = true;
    if (k === "/") doc.getElementById("search-box").focus();
    else if (k === "?") doc.getElementById("help").showModal();
    else if (k === "s") copy(location.href);
    else if (k === "m") nextMode();
    else if (k === "j" || k === "k") done = window.oddfinch.row(k === "j" ? 1 : -1) || follow(k === "j" ? "next" : "previous");
    else if (k === "Enter") done = !e.target.closest("a,button,summary,.calendar") && window.oddfinch.open();
    else if (k === "ArrowLeft" || k === "ArrowRight") {
      const by = k === "ArrowLeft" ? -1 : 1;
      done = e.target.closest(".ag-root,.calendar,.segmented") ? false : window.oddfinch.curve.step(by) || follow(by < 0 ? "earlier" : "later");
    } else if (k === "Escape") doc.querySelectorAll("details.menu[open]").forEach((m) => { m.open = false; });
    else done = false;
    if (done) e.preventDefault();
  });
  /* Arrow keys inside the calendar move the focus from day to day. */
  doc.addEventListener("keydown", (e) => {
    const cell = e.target.closest && e.target.closest(".calendar .cells a");
    const by = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7 }[e.key];
    if (!cell || !by) return;
    const cells = Array.from(cell.parentElement.children);
    let at = cells.indexOf(cell) + by;
    while (at >= 0 && at < cells.length && cells[at].tagName !== "A") at += by;
    if (cells[at]) cells[at].focus();
    e.preventDefault();
  });

  window.oddfinch = {
    setView, go, copy, toast, params, writeUrl, askAgain,
    row: () => false, open: () => false, refilter: () => undefined,
  };
})();
