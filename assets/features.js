/* While the anomalies to compare with are still arriving, the features panel asks for itself again. */
(() => {
  "use strict";
  const EVERY_MS = 2500;
  let timer = null;
  function again() {
    timer = null;
    const mark = document.querySelector("[data-features-wait]");
    const slot = mark && mark.closest("[data-slot]");
    if (!slot) return;
    /* What somebody is reading in a menu is not taken away. */
    if (slot.querySelector("details[open]") || document.hidden) { wait(); return; }
    window.oddfinch.askAgain(slot);
  }
  function wait() {
    if (timer === null && document.querySelector("[data-features-wait]")) timer = setTimeout(again, EVERY_MS);
  }
  new MutationObserver(wait).observe(document.body, { childList: true, subtree: true });
  wait();
})();
