/* A name in the address that means one object: go on to it, in place of the name, so that "back" leads past both. */
(function () {
  "use strict";
  function arrive() {
    const link = document.querySelector("[data-page=arrival] a[data-arrive],[data-page=search] a[data-arrive]");
    if (!link) return;
    link.removeAttribute("data-arrive");
    history.replaceState(history.state, "", link.getAttribute("href") + (link.closest("[data-page=arrival]") ? location.search : ""));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }
  new MutationObserver(arrive).observe(document.body, { childList: true, subtree: true });
})();
