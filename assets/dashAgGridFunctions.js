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
  fns.ageText = (days) => days === null || days === undefined ? ""
    : days < 365 ? `${days.toFixed(0)} d` : `${(days / 365.25).toFixed(1)} yr`;
  fns.angleText = (arcsec) => arcsec === null || arcsec === undefined ? ""
    : arcsec < 60 ? `${arcsec.toFixed(1)}″` : arcsec < 3600 ? `${(arcsec / 60).toFixed(2)}′` : `${(arcsec / 3600).toFixed(3)}°`;
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
    if (!api || !document.querySelector("#night-grid")) return false;
    const now = api.getSelectedNodes()[0];
    const at = now && now.rowIndex !== null ? now.rowIndex + by : 0;
    return choose(api.getDisplayedRowAtIndex(Math.min(Math.max(at, 0), api.getDisplayedRowCount() - 1)));
  };
  of.open = () => {
    const api = grid();
    const node = api && api.getSelectedNodes()[0];
    if (!node || !document.querySelector("#night-grid")) return false;
    of.go(node.data.href);
    return true;
  };
  /* Order and filters of a table are part of the address; `home` is the order that needs no words there. */
  of.tableView = {
    restore(api) {
      const q = of.params();
      const sort = q.get("sort");
      if (sort) {
        const [colId, dir] = sort.split(":");
        api.applyColumnState({ state: [{ colId, sort: dir === "desc" ? "desc" : "asc" }], defaultState: { sort: null } });
      }
      try { if (q.get("filter")) api.setFilterModel(JSON.parse(q.get("filter"))); } catch (e) { of.writeUrl({ filter: null }); }
    },
    sorted(api, home) {
      const s = api.getColumnState().find((c) => c.sort);
      const words = s ? `${s.colId}:${s.sort}` : null;
      of.writeUrl({ sort: words === home ? null : words });
    },
    filtered(api) {
      const model = api.getFilterModel();
      of.writeUrl({ filter: Object.keys(model).length ? JSON.stringify(model) : null });
    },
  };
  function ready(api) {
    fit(api);
    of.tableView.restore(api);
    report();
  }
  const sorted = (api) => of.tableView.sorted(api, location.pathname === "/" ? "score:asc" : null);
  function filtered(api) {
    of.tableView.filtered(api);
    report();
  }
  let timer;
  function selected(api) {
    const node = api.getSelectedNodes()[0];
    /* The event may come after the page has been left by a link in the row. */
    const here = () => location.pathname === "/" && !api.isDestroyed();
    if (!node || !here() || of.params().get("sel") === node.data.object_id) return;
    of.writeUrl({ sel: node.data.object_id });
    clearTimeout(timer);
    timer = setTimeout(() => {
      const shown = document.querySelector('[data-slot="night-preview"] [data-preview-of]');
      if (here() && !(shown && shown.dataset.previewOf === node.data.object_id)) of.setView({ sel: node.data.object_id });
    }, 60);
  }

  /* Columns give way in the design's order when the table is narrow; rows grow evenly when it is tall. */
  const GIVE_WAY = [["constellation", 1180], ["ndet", 1110], ["ra", 1040], ["tns", 910], ["times_90d", 680], ["age", 640]];
  const WIDTHS = {
    narrow: { rank: 38, object_id: 122, score: 76, spark: 122, stamp: 94, mag: 84, age: 60, times_90d: 136 },
    wide: { rank: 48, object_id: 136, score: 88, spark: 188, stamp: 110, mag: 96, age: 68, times_90d: 150 },
    beamer: { rank: 46, object_id: 172, score: 112, spark: 128, stamp: 84, mag: 118, age: 92, times_90d: 190 },
    "wide beamer": { rank: 54, object_id: 180, score: 126, spark: 208, stamp: 104, mag: 128, age: 96, times_90d: 214 },
  };
  function fit(api) {
    const box = document.querySelector("#night-grid");
    if (!box || !box.clientWidth || api.isDestroyed()) return;
    const beamer = document.documentElement.dataset.theme === "beamer";
    const scale = beamer ? 1.45 : 1;
    const extra = (api.getColumn("night") ? 104 : 0) + (api.getColumn("apart") ? 92 : 0)
      + (location.pathname !== "/search" ? 0 : box.clientWidth < 1000 ? 140 : 180);
    for (const [name, width] of GIVE_WAY) api.setColumnsVisible([name], box.clientWidth - extra >= width * scale);
    const room_for = box.clientWidth < (beamer ? 1300 : 1000) ? (beamer ? "beamer" : "narrow") : beamer ? "wide beamer" : "wide";
    if (api.oddfinchWidths !== room_for) {
      api.oddfinchWidths = room_for;
      api.setColumnWidths(Object.entries(WIDTHS[room_for]).map(([key, newWidth]) => ({ key, newWidth })));
    }
    const rows = Math.max(api.getDisplayedRowCount(), 1);
    /* The notice under the header takes 40 px: ten rows give them. */
    const noticed = document.querySelector(".source-notice:not([hidden])");
    const room = Math.floor((box.clientHeight - 40) / rows);
    const height = Math.max(beamer ? 72 : noticed ? 52 : 56, Math.min(82, room));
    if (api.oddfinchHeight !== height) {
      api.oddfinchHeight = height;
      api.setGridOption("rowHeight", height);
      api.resetRowHeights();
      box.style.setProperty("--stamp", Math.min(height - 8, 66) + "px");
    }
  }
  /* AG Grid is there some time after its element; its own events would reach us too late to restore the view. */
  of.bindGrid = (box) => {
    const api = grid();
    if (!api || api.isDestroyed() || !box.querySelector(".ag-root")) return false;
    for (const [event, handler] of Object.entries({ sortChanged: sorted, filterChanged: filtered, selectionChanged: selected, gridSizeChanged: fit })) {
      api.addEventListener(event, () => handler(api));
    }
    api.addEventListener("rowDoubleClicked", (e) => of.go(e.data.href));
    ready(api);
    return true;
  };
})();
