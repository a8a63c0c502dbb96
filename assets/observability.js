/* The observability panel's choices that no button can make: the menu of observatories, the box for coordinates, the
   date. Each writes the address bar through assets/app.js, which asks for the panel again; the focus stays where it was. */
(function () {
  "use strict";
  const doc = document;
  const part = (name) => doc.querySelector(`[data-night-sky="${name}"]`);
  let last = null;

  doc.addEventListener("change", (e) => {
    const box = e.target.closest("[data-night-sky]");
    if (!box) return;
    const kind = last = box.dataset.nightSky;
    const value = e.target.value.trim();
    if (kind === "site" && value === "typed") {
      delete part("coordinates").dataset.away;
      part("coordinates").querySelector("input").focus();
    } else if (kind === "date") window.oddfinch.setView({ obs_date: value || null });
    else if (kind === "site" || value) window.oddfinch.setView({ site: value === "palomar" ? null : value });
  });
  doc.addEventListener("click", (e) => {
    const button = e.target.closest("button[data-night-sky]");
    if (button) last = button.dataset.nightSky;
  });
  /* A new panel comes without the element that had the focus. */
  new MutationObserver(() => {
    if (!last || doc.activeElement !== doc.body) return;
    const again = part(last);
    if (!again || again.closest("[data-slot][data-busy]")) return;
    last = null;
    (again.querySelector("input") || again).focus({ preventScroll: true });
  }).observe(doc.body, { childList: true, subtree: true });
})();
