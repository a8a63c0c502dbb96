/* The TNS page: cells of its table, its filter, selection and sort in the address bar, and the progress of the mirror. */
(function () {
  "use strict";
  const of = window.oddfinch;
  const doc = document;
  const fns = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const R = window.React;
  const h = R.createElement;
  const ONLY = ["known", "unreported", "classified", "unclassified", "different"];
  const BREAK_D = 120;
  const here = () => doc.querySelector("[data-panel=tns-table]") !== null;
  const grid = () => {
    try { return window.dash_ag_grid.getApi("tns-grid"); } catch (e) { return null; }
  };
  const only = () => { const name = of.params().get("only") || ""; return ONLY.includes(name) ? name : ""; };
  fns.tnsFilterOn = () => only() !== "";
  fns.tnsPasses = (node) => Boolean(node.data[only()]);

  /* ---------- cells ---------- */
  const quiet = (words) => h("span", { className: "quiet" }, words);
  cells.TnsObjectCell = (p) => h("a", { href: p.data.href, className: "mono" }, h("b", null, p.data.object_id));
  cells.TnsFoundCell = (p) => h("span", { className: "found", "aria-label": p.data.found ? "" : "none" },
    ...["N", "P", "D"].map((l) => p.data.found.includes(l)
      ? h("b", { key: l, className: "by on" }, l) : h("span", { key: l, className: "by", "aria-hidden": true })));
  cells.TnsNameCell = (p) => p.data.name
    ? h(R.Fragment, null, h("b", null, p.data.name), p.data.more > 1 ? quiet(` + ${p.data.more - 1}`) : null)
    : quiet(p.data.nameless);
  cells.TnsTypeCell = (p) => p.data.type
    ? h(R.Fragment, null, p.data.type, p.data.type_by_fink ? quiet(" d:tns") : null)
    : p.data.name ? quiet("no type") : null;
  cells.TnsRedshiftCell = (p) => p.value === null ? (p.data.name ? quiet("none") : null) : p.value.toFixed(3);
  cells.TnsDetectedCell = (p) => h("span", { title: p.data.detected ? `First detection ${p.data.detected}` : "" },
    p.data.detected_words || quiet(p.data.detected));
  cells.TnsFlaggedCell = (p) => p.data.flagged_words;
  cells.TnsBarCell = (p) => {
    const days = p.data.flagged_after;
    if (days === null) return null;
    const share = Math.min(Math.abs(days) / BREAK_D, 1) * 50;
    const side = days >= 0 ? { left: "50%" } : { right: "50%" };
    return h("span", { className: "first-bar", role: "img", "aria-label": p.data.flagged_words + " TNS" },
      h("i", { style: { ...side, width: `max(2px, ${share}%)` }, className: Math.abs(days) > BREAK_D ? "broken" : "" }));
  };

  /* ---------- the table ---------- */
  function report() {
    const api = grid();
    const box = doc.querySelector("[data-tns-shown]");
    if (!api || !box) return;
    const shown = api.getDisplayedRowCount();
    const all = +box.dataset.tnsShown;
    const b = doc.createElement("b");
    b.textContent = `${shown.toLocaleString("en")} of ${all.toLocaleString("en")} shown`;
    box.replaceChildren(b, `, ${(all - shown).toLocaleString("en")} hidden by filters`);
  }
  function filter(name) {
    of.writeUrl({ only: name });
    for (const pill of doc.querySelectorAll("[data-tns-only]")) {
      pill.setAttribute("aria-pressed", String(pill.dataset.tnsOnly === name));
    }
    const api = grid();
    if (api) { api.onFilterChanged(); report(); }
  }
  let timer;
  function selected(api) {
    const node = api.getSelectedNodes()[0];
    if (!node || !here() || api.isDestroyed() || of.params().get("sel") === node.data.object_id) return;
    of.writeUrl({ sel: node.data.object_id });
    clearTimeout(timer);
    timer = setTimeout(() => { if (here()) of.setView({ sel: node.data.object_id }); }, 60);
  }
  const sorted = (api) => of.tableView.sorted(api, null);
  function filtered(api) {
    of.tableView.filtered(api);
    report();
  }
  /* Columns give way in this order when the table is narrow; what is left has to fit. */
  const GIVE_WAY = [["detected_after", 1500], ["redshift", 1370], ["bar", 1300], ["score", 1130], ["discovered", 1030], ["sep", 925]];
  function fit(api) {
    const box = doc.getElementById("tns-grid");
    if (!box || !box.clientWidth) return;
    const beamer = doc.documentElement.dataset.theme === "beamer";
    const scale = beamer ? 1.4 : 1;
    for (const [name, width] of GIVE_WAY) api.setColumnsVisible([name], box.clientWidth >= width * scale);
    const size = beamer ? "beamer" : "plain";
    if (api.oddfinchSize === size) return;
    const was = api.oddfinchSize;
    api.oddfinchSize = size;
    if (!was && !beamer) return;
    api.applyColumnState({ state: api.getColumns().map((c) => {
      const d = c.getColDef();
      return { colId: c.getColId(), flex: d.flex || null, width: Math.round((d.flex ? d.minWidth : d.width) * scale) };
    }) });
    api.setGridOption("rowHeight", beamer ? 44 : 31);
    api.setGridOption("headerHeight", beamer ? 48 : 36);
    api.resetRowHeights();
  }
  function ready(api) {
    fit(api);
    of.tableView.restore(api);
    report();
    const node = api.getSelectedNodes()[0];
    if (node) api.ensureNodeVisible(node, "middle");
  }
  function bind(box) {
    const api = grid();
    if (!api || api.isDestroyed() || !box.querySelector(".ag-root")) return false;
    for (const [event, handler] of Object.entries({ sortChanged: sorted, filterChanged: filtered, selectionChanged: selected, gridSizeChanged: fit })) {
      api.addEventListener(event, () => handler(api));
    }
    api.addEventListener("rowDoubleClicked", (e) => of.go(e.data.href));
    ready(api);
    return true;
  }

  /* ---------- keys: rows of this table where there is no other ---------- */
  const before = { row: of.row, open: of.open };
  of.row = (by) => {
    const api = here() && grid();
    if (!api) return before.row(by);
    const now = api.getSelectedNodes()[0];
    const at = now && now.rowIndex !== null ? now.rowIndex + by : 0;
    const node = api.getDisplayedRowAtIndex(Math.min(Math.max(at, 0), api.getDisplayedRowCount() - 1));
    if (!node) return false;
    node.setSelected(true, true);
    api.ensureNodeVisible(node);
    return true;
  };
  of.open = () => {
    const node = here() && grid() && grid().getSelectedNodes()[0];
    if (!node) return before.open();
    of.go(node.data.href);
    return true;
  };

  /* ---------- the mirror: progress in place, the panels again when there is something new ---------- */
  const again = (name) => {
    const slot = doc.querySelector(`[data-slot="${name}"]`);
    if (slot) of.askAgain(slot);
  };
  let polling;
  async function poll() {
    clearTimeout(polling);
    const box = doc.querySelector("[data-tns-poll]");
    if (!box) return;
    let now;
    try { now = await (await fetch(box.dataset.tnsPoll)).json(); } catch (e) { polling = setTimeout(poll, 5000); return; }
    const words = box.querySelector("[data-tns-words]");
    const bar = box.querySelector("[data-tns-bar]");
    if (words && now.running) words.textContent = now.words;
    if (bar && now.total) { bar.max = now.total; bar.value = now.done; }
    const other = now.version !== box.dataset.version, rows = now.rows !== box.dataset.rows;
    box.dataset.version = now.version;
    box.dataset.rows = now.rows;
    if (other) again("tns-mirror");
    if (rows) { again("tns-table"); again("tns-object"); }
    polling = setTimeout(poll, now.running ? 700 : 60000);
  }

  let queued = false;
  function settle() {
    queued = false;
    const table = doc.querySelector("#tns-grid:not([data-bound])");
    if (table) { if (bind(table)) table.dataset.bound = ""; else setTimeout(settle, 30); }
    const box = doc.querySelector("[data-tns-poll]:not([data-bound])");
    if (box) {
      box.dataset.bound = "";
      clearTimeout(polling);
      polling = setTimeout(poll, box.dataset.running === "true" ? 300 : 60000);
    }
  }
  new MutationObserver(() => {
    if (!queued && doc.querySelector("[data-page=tns]")) { queued = true; requestAnimationFrame(settle); }
  }).observe(doc.body, { childList: true, subtree: true });

  /* ---------- clicks ---------- */
  doc.addEventListener("click", (e) => {
    const el = e.target.closest("[data-tns-only],[data-tns-action],[data-tns-close]");
    if (!el) return;
    const d = el.dataset;
    if (d.tnsOnly !== undefined) filter(d.tnsOnly === only() ? "" : d.tnsOnly);
    else if (d.tnsAction) fetch(d.tnsAction, { method: "POST" }).then(poll);
    else {
      const api = grid();
      if (api) api.deselectAll();
      of.setView({ sel: null });
    }
  });
  /* A file holds the rows that are shown. */
  doc.addEventListener("click", (e) => {
    const a = e.target.closest("a[href^='/export/tns.']");
    if (!a) return;
    const address = new URL(a.href);
    if (only()) address.searchParams.set("only", only()); else address.searchParams.delete("only");
    a.href = address.pathname + address.search;
  }, true);
  doc.addEventListener("submit", (e) => {
    if (e.target.id !== "tns-range") return;
    e.preventDefault();
    const q = of.params();
    q.delete("night");
    q.delete("sel");
    q.set("from", doc.getElementById("tns-from").value.trim());
    q.set("to", doc.getElementById("tns-to").value.trim());
    of.go("/tns?" + q.toString());
  });
})();
