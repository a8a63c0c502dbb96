/* The summary's sentence about the surroundings grows when the neighbourhood panel, which has the whole packet, is drawn. */
(() => {
  "use strict";
  function copy() {
    const full = document.querySelector("[data-context-of]");
    const line = document.querySelector("[data-context-for]");
    if (!full || !line || full.dataset.contextOf !== line.dataset.contextFor) return;
    if (line.textContent !== full.textContent) line.textContent = full.textContent;
  }
  new MutationObserver(copy).observe(document.body, { childList: true, subtree: true });
  copy();
})();
