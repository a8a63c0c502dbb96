/* The search box on every page: completion of classes, the last searches of this browser; and on the search page the
   selected row on the map and the other way round. Nothing here talks to a data source. */
(function () {
  "use strict";
  const of = window.oddfinch;
  const doc = document;
  const KEPT = "oddfinch-recent";
  const MOST_KEPT = 12;
  const MOST_SHOWN = 12;
  const CLASS = /(^|[\s,])class\s*[=:]\s*(?:"([^"]*)|'([^']*)|([^"'=:]*))$/i;
  const box = () => doc.getElementById("search-box");

  /* ---------- the last searches: kept in this browser only, and gone with one click ---------- */
  function recent() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT) || "[]");
      return Array.isArray(kept) ? kept.filter((text) => typeof text === "string") : [];
    } catch (e) { return []; }
  }
  function keep(texts) {
    try { if (texts.length) localStorage.setItem(KEPT, JSON.stringify(texts)); else localStorage.removeItem(KEPT); } catch (e) { /* without storage nothing is kept */ }
    showRecent();
  }
  const remember = (text) => keep([text, ...recent().filter((other) => other !== text)].slice(0, MOST_KEPT));
  function forget() {
    keep([]);
    close();
    of.toast("The last searches are forgotten.");
  }
  const hrefOf = (text) => "/search?q=" + encodeURIComponent(text);

  function showRecent() {
    for (const place of doc.querySelectorAll("[data-recent]")) {
      const texts = recent();
      place.hidden = !texts.length;
      const head = doc.createElement("h3");
      head.textContent = "Asked last, in this browser";
      const list = doc.createElement("ul");
      for (const text of texts) {
        const item = doc.createElement("li");
        const link = doc.createElement("a");
        link.href = hrefOf(text);
        link.className = "mono";
        link.textContent = text;
        item.append(link);
        list.append(item);
      }
      const clear = doc.createElement("button");
      clear.type = "button";
      clear.className = "btn small";
      clear.textContent = "Forget them";
      clear.addEventListener("click", forget);
      place.replaceChildren(head, list, clear);
    }
  }

  /* ---------- completion ---------- */
  let classes = null;
  function wantClasses() {
    if (classes) return;
    classes = [];
    fetch("/classes.json").then((a) => (a.ok ? a.json() : Promise.reject(new Error(a.status))))
      .then((found) => { classes = found; offer(); }).catch(() => { classes = null; });
  }
  let options = [];
  let at = -1;
  function list() {
    let found = doc.getElementById("search-list");
    const field = box();
    if (!found && field) {
      found = doc.createElement("ul");
      found.id = "search-list";
      found.className = "search-list";
      found.setAttribute("role", "listbox");
      found.setAttribute("aria-label", "Suggestions");
      found.hidden = true;
      field.closest("form").append(found);
      for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": "search-list", "aria-expanded": "false" })) {
        field.setAttribute(name, value);
      }
    }
    return found;
  }
  const opened = () => { const found = doc.getElementById("search-list"); return !!found && !found.hidden; };
  function close() {
    const found = list();
    if (!found) return;
    found.hidden = true;
    options = [];
    at = -1;
    box().setAttribute("aria-expanded", "false");
    box().removeAttribute("aria-activedescendant");
  }
  function write(text) {
    const field = box();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  /* Best first: the beginning of a name, then of a word in it, then anywhere. */
  function near(typed) {
    const wanted = typed.toLowerCase();
    const rank = (label) => {
      const text = label.replace(/"/g, "").toLowerCase();
      if (text.startsWith(wanted)) return 0;
      const where = text.indexOf(wanted);
      return where < 0 ? 9 : /[\s_)(]/.test(text[where - 1]) ? 1 : 2;
    };
    return (classes || []).map((c) => [rank(c[0]), c]).filter(([r]) => r < 9).sort((a, b) => a[0] - b[0]).map(([, c]) => c);
  }
  function ofClass(text) {
    const found = text.match(CLASS);
    if (!found) return null;
    wantClasses();
    const typed = found[2] ?? found[3] ?? found[4] ?? "";
    const start = text.slice(0, found.index) + found[1];
    return near(typed).slice(0, MOST_SHOWN).map(([label, who, family]) => ({
      what: label.replace(/"/g, ""), who, family, take: () => write(start + "class=" + label + " ") }));
  }
  function ofRecent(text) {
    const typed = text.trim().toLowerCase();
    const fit = recent().filter((kept) => kept.toLowerCase().includes(typed) && kept.toLowerCase() !== typed);
    const found = fit.slice(0, 8).map((kept) => ({
      what: kept, who: "asked before", take: () => { write(kept); box().closest("form").requestSubmit(); } }));
    return found.length && !typed ? [...found, { what: "Forget these searches", who: "", forget: true, take: forget }] : found;
  }
  function offer() {
    const field = box();
    if (!field || doc.activeElement !== field) return;
    const text = field.value.slice(0, field.selectionStart ?? field.value.length);
    options = ofClass(text) || ofRecent(field.value);
    at = -1;
    const found = list();
    found.replaceChildren(...options.map(option));
    found.hidden = !options.length;
    field.setAttribute("aria-expanded", String(!found.hidden));
    field.removeAttribute("aria-activedescendant");
  }
  function option(facts, number) {
    const item = doc.createElement("li");
    item.id = "search-option-" + number;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    if (facts.forget) item.className = "forget";
    if (facts.family) {
      const square = doc.createElement("span");
      square.className = "sq";
      item.classList.add("fam-" + facts.family);
      item.append(square);
    }
    for (const [name, text] of [["what", facts.what], ["who", facts.who]]) {
      const part = doc.createElement("span");
      part.className = name;
      part.textContent = text;
      item.append(part);
    }
    item.addEventListener("pointerdown", (e) => { e.preventDefault(); take(number); });
    return item;
  }
  function take(number) {
    const chosen = options[number];
    close();
    chosen.take();
  }
  function step(by) {
    at = (at + by + options.length + (at < 0 && by < 0 ? 1 : 0)) % options.length;
    list().querySelectorAll("[role=option]").forEach((item, n) => {
      item.setAttribute("aria-selected", String(n === at));
      if (n === at) { box().setAttribute("aria-activedescendant", item.id); item.scrollIntoView({ block: "nearest" }); }
    });
  }
  doc.addEventListener("input", (e) => { if (e.target.id === "search-box") offer(); });
  doc.addEventListener("focusin", (e) => { if (e.target.id === "search-box") { list(); offer(); } });
  doc.addEventListener("focusout", (e) => { if (e.target.id === "search-box") close(); });
  /* Before the keys of the page see them. */
  doc.addEventListener("keydown", (e) => {
    if (e.target.id !== "search-box" || e.isComposing) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      if (!opened()) offer();
      if (options.length) step(e.key === "ArrowDown" ? 1 : -1);
    } else if (opened() && e.key === "Escape") close();
    else if (opened() && at >= 0 && (e.key === "Enter" || e.key === "Tab")) take(at);
    else return;
    e.preventDefault();
    e.stopImmediatePropagation();
  }, true);
  doc.addEventListener("submit", (e) => {
    if (e.target.id !== "search") return;
    const text = box().value.trim();
    close();
    if (text) remember(text);
  }, true);

  /* ---------- the search page ---------- */
  const page = () => doc.querySelector("[data-page=search]");
  const here = () => location.pathname === "/search" && !!page();
  const grid = () => { try { return window.dash_ag_grid.getApi("night-grid"); } catch (e) { return null; } };
  const map = () => doc.querySelector("[data-sky-map] .js-plotly-plot");

  function ring(id) {
    const gd = map();
    if (!gd || !gd.data) return;
    const number = gd.data.findIndex((t) => t.meta && t.meta.role === "ring");
    for (const t of gd.data) {
      const n = (t.customdata || []).findIndex((c) => c[0] === id);
      if (n < 0) continue;
      if (gd.data[number].x[0] !== t.x[n] || gd.data[number].y[0] !== t.y[n]) {
        window.Plotly.restyle(gd, { x: [[t.x[n]]], y: [[t.y[n]]] }, [number]);
      }
      return;
    }
  }
  function chosen(api) {
    const node = api.getSelectedNodes()[0];
    return node ? node.data.object_id : of.params().get("sel");
  }
  function selected(api) {
    if (!here() || api.isDestroyed()) return;
    const id = chosen(api);
    if (id && of.params().get("sel") !== id) of.writeUrl({ sel: id });
    ring(id);
  }
  const bindGrid = of.bindGrid;
  of.bindGrid = (table) => {
    const bound = bindGrid(table);
    if (bound && here()) {
      const api = grid();
      api.addEventListener("selectionChanged", () => selected(api));
      ring(chosen(api));
    }
    return bound;
  };
  function bindMap(gd) {
    if (!gd || gd.oddfinchMap || !gd.on) return;
    gd.oddfinchMap = true;
    gd.on("plotly_click", (e) => {
      const id = e.points[0] && e.points[0].customdata && e.points[0].customdata[0];
      const api = grid();
      if (!id || !api) return;
      api.forEachNodeAfterFilterAndSort((node) => {
        if (node.data.object_id !== id || chosen(api) === id) return;
        node.setSelected(true, true);
        api.ensureNodeVisible(node);
      });
    });
    const api = grid();
    if (api) ring(chosen(api));
  }
  /* What stands behind the panel above is asked again once that one has its answer. */
  doc.addEventListener("click", (e) => {
    if (!here() || !e.target.closest("[data-slot=search] [data-retry]")) return;
    const first = doc.querySelector("[data-slot=search]");
    const wait = setInterval(() => {
      if (first.isConnected && first.dataset.busy !== undefined) return;
      clearInterval(wait);
      for (const name of ["search-table", "search-sky"]) {
        const slot = doc.querySelector(`[data-slot="${name}"]`);
        if (slot) of.askAgain(slot);
      }
    }, 50);
  });
  /* A file has the key inside the figure: app.js copies the layout while this click is on its way. */
  doc.addEventListener("click", (e) => {
    const gd = e.target.closest && e.target.closest('[data-figure="search-sky-figure"]') && map();
    if (!gd) return;
    const was = gd.layout.margin;
    gd.layout.showlegend = true;
    gd.layout.margin = Object.assign({}, was, { b: was.b + 70 });
    setTimeout(() => { gd.layout.showlegend = false; gd.layout.margin = was; }, 0);
  }, true);
  let shown = null;
  function settle() {
    const now = here() ? page().dataset.asked : null;
    if (now !== null && now !== shown && box() && doc.activeElement !== box() && box().value !== now) write(now);
    shown = now;
    if (doc.querySelector("[data-recent]:empty")) showRecent();
    bindMap(map());
  }
  let queued = false;
  new MutationObserver(() => {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => { queued = false; settle(); });
  }).observe(doc.body, { childList: true, subtree: true });
})();
