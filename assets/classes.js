/* The classes page: a click on a bar lists its objects, dates that are typed, and the focus, which stays where it was
   when a panel is drawn again. What is chosen is written into the address through assets/app.js. */
(function () {
  "use strict";
  const doc = document;
  const of = window.oddfinch;
  const page = () => doc.querySelector('[data-page="classes"]');

  /* ---------- bars ---------- */
  /* The row under the pointer, wherever in it: on its label, its bar, or the empty space beside. */
  function rowAt(box, event) {
    const gd = box.querySelector(".js-plotly-plot");
    const axis = gd && gd._fullLayout && gd._fullLayout.yaxis;
    if (!axis) return null;
    const y = axis.p2d(event.clientY - gd.getBoundingClientRect().top - axis._offset);
    const at = axis.tickvals.findIndex((place) => Math.abs(place - y) < 0.5);
    return at < 0 ? null : JSON.parse(box.dataset.classRows)[at];
  }
  let wanted = false;
  function pick(label) {
    const same = of.params().get("pick") === label;
    wanted = !same;
    of.setView({ pick: same ? null : label });
  }
  doc.addEventListener("click", (e) => {
    const box = e.target.closest && e.target.closest("[data-class-rows]");
    const label = box && rowAt(box, e);
    if (label) pick(label);
    else if (e.target.closest && e.target.closest(".class-lines [data-view], .unanswered [data-view]")) wanted = true;
  });
  doc.addEventListener("pointermove", (e) => {
    const box = e.target.closest && e.target.closest("[data-class-rows]");
    if (box) box.style.cursor = rowAt(box, e) ? "pointer" : "";
  });

  /* ---------- nights ---------- */
  /* React sees a value only when it comes through the element's own setter, with an event. */
  function type(id, value) {
    const box = doc.getElementById(id);
    if (!box || box.value === value || box === doc.activeElement) return;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(box, value);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  doc.addEventListener("submit", (e) => {
    if (e.target.id !== "classes-range") return;
    e.preventDefault();
    const value = (id) => doc.getElementById(id).value.trim() || null;
    of.setView({ from: value("classes-from"), to: value("classes-to"), night: null });
    e.target.closest("details").open = false;
  });
  doc.addEventListener("click", (e) => {
    const menu = e.target.closest && e.target.closest(".nights [data-view]") && e.target.closest("details");
    if (menu) menu.open = false;
  });

  /* ---------- after every change ---------- */
  let last = null;
  doc.addEventListener("click", (e) => {
    const button = page() && e.target.closest && e.target.closest("[data-view]");
    last = button ? { view: button.dataset.view, slot: (button.closest("[data-slot]") || {}).dataset } : null;
  });
  /* The button that was pressed, in the panel that took the place of its own. */
  function refocus() {
    if (!last || !last.slot || doc.activeElement !== doc.body) return;
    const slot = doc.querySelector(`[data-slot="${last.slot.slot}"]:not([data-busy])`);
    const again = slot && Array.from(slot.querySelectorAll("[data-view]")).find((b) => b.dataset.view === last.view);
    const near = again || (slot && slot.querySelector("[data-class] [data-view][aria-pressed=true]"));
    if (near) { last = null; near.focus({ preventScroll: true }); }
  }
  function settle() {
    const root = page();
    if (!root) return;
    const q = of.params();
    root.toggleAttribute("data-picked", q.has("pick"));
    type("classes-from", q.get("from") || q.get("night") || "");
    type("classes-to", q.get("to") || q.get("night") || "");
    const list = doc.querySelector('[data-panel="class-objects"]:not([data-state=loading])');
    if (wanted && list && !list.closest("[data-slot]").hasAttribute("data-busy")) {
      wanted = false;
      list.scrollIntoView({ block: "nearest" });
    }
    refocus();
    follow();
  }
  let queued = false;
  new MutationObserver(() => {
    if (!queued) { queued = true; requestAnimationFrame(() => { queued = false; settle(); }); }
  }).observe(doc.body, { childList: true, subtree: true });

  /* ---------- while months of a long range are missing, its panels follow the history ---------- */
  const EVERY_MS = 3000;
  let following = null;
  function follow() {
    if (following || !doc.querySelector(".page.classes [data-partial]")) return;
    following = setTimeout(async () => {
      following = null;
      const mark = doc.querySelector(".page.classes [data-partial]");
      if (!mark) return;
      const now = await fetch("/index.json").then((a) => a.json()).catch(() => null);
      const busy = page().querySelector("[data-slot][data-busy]"); /* one round at a time */
      if (now && !busy && String(now.version) !== mark.dataset.partial) {
        for (const slot of page().querySelectorAll("[data-slot]")) of.askAgain(slot);
      } else follow();
    }, EVERY_MS);
  }
})();
