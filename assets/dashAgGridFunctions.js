/* What the night table needs from the browser: filters of our own, selection, and both in the address bar. */
(function () {
  "use strict";
  const of = window.oddfinch;
  const fns = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const TESTS = {
    new: (r) => r.is_new,
    nosimbad: (r) => r.not_in_simbad,
    notns: (r) => r.no_tns,
    norepeat: (r) => r.not_repeat,
  };
  const active = () => (of.params().get("only") || "").split(",").filter((k) => TESTS[k]);
  const grid = () => {
    try { return window.dash_ag_grid.getApi("night-grid"); } catch (e) { return null; }
  };
  fns.filtersOn = () => active().length > 0;
  fns.passes = (node) => active().every((k) => TESTS[k](node.data));
  fns.rowId = (params) => params.data.id;

  function report() {
    const api = grid();
    const box = document.querySelector("[data-shown]");
    if (!api || !box) return;
    const shown = api.getDisplayedRowCount();
    const all = +box.dataset.shown;
    box.innerHTML = "";
    const b = document.createElement("b");
    b.textContent = `${shown} of ${all} shown`;
    box.append(b, `, ${all - shown} hidden by filters`);
  }
  of.refilter = () => {
    const api = grid();
    if (!api) return;
    api.onFilterChanged();
    report();
  };
  function choose(node) {
    const api = grid();
    if (!api || !node) return false;
    node.setSelected(true, true);
    api.ensureNodeVisible(node);
    return true;
  }
  of.row = (by) => {
    const api = grid();
    if (!api || !document.querySelector("[data-panel=night-table]")) return false;
    const now = api.getSelectedNodes()[0];
    const at = now && now.rowIndex !== null ? now.rowIndex + by : 0;
    return choose(api.getDisplayedRowAtIndex(Math.min(Math.max(at, 0), api.getDisplayedRowCount() - 1)));
  };
  of.open = () => {
    const api = grid();
    const node = api && api.getSelectedNodes()[0];
    if (!node || !document.querySelector("[data-panel=night-table]")) return false;
    of.go(node.data.href);
    return true;
  };
  /* Events of the grid, wired by dashGridOptions in components/night_table.py. */
  fns.ready = (params) => {
    const api = params.api;
    const q = of.params();
    const sort = q.get("sort");
    if (sort) {
      const [colId, dir] = sort.split(":");
      api.applyColumnState({ state: [{ colId, sort: dir === "desc" ? "desc" : "asc" }], defaultState: { sort: null } });
    }
    try { if (q.get("filter")) api.setFilterModel(JSON.parse(q.get("filter"))); } catch (e) { of.writeUrl({ filter: null }); }
    const wanted = q.get("sel");
    api.forEachNode((n) => { if (n.data && n.data.object_id === wanted) n.setSelected(true, true); });
    if (!api.getSelectedNodes().length && api.getDisplayedRowCount()) api.getDisplayedRowAtIndex(0).setSelected(true, true);
    report();
  };
  fns.sorted = (params) => {
    const s = params.api.getColumnState().find((c) => c.sort);
    of.writeUrl({ sort: s && !(s.colId === "score" && s.sort === "asc") ? `${s.colId}:${s.sort}` : null });
  };
  fns.filtered = (params) => {
    const model = params.api.getFilterModel();
    of.writeUrl({ filter: Object.keys(model).length ? JSON.stringify(model) : null });
    report();
  };
  let timer;
  fns.selected = (params) => {
    const node = params.api.getSelectedNodes()[0];
    if (!node || of.params().get("sel") === node.data.object_id) return;
    clearTimeout(timer);
    const first = !of.params().get("sel") && node.rowIndex === 0 && params.source !== "rowClicked";
    timer = setTimeout(() => {
      const slot = document.querySelector('[data-slot="night-preview"]');
      const ask = slot && JSON.parse(slot.dataset.ask);
      if (first && ask && ask.sel === node.data.object_id) return;
      of.setView({ sel: node.data.object_id });
    }, 60);
  };
  fns.opened = (params) => of.go(params.data.href);
})();
