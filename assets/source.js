/* A tab keeps the data source it was opened with. Every request names it, and is refused when the server has no such
   source any more; then the tab loads itself anew. While something stands in for live Fink, the notice under the
   header says so, and says when Fink is back. */
(function () {
  "use strict";
  const doc = document;
  const HEADER = "X-Oddfinch-Source";
  const POLL_MS = 15000;
  const mark = () => doc.querySelector(".source[data-key]");
  const key = () => (mark() || { dataset: {} }).dataset.key;

  const plain = window.fetch;
  let leaving = false;
  window.fetch = function (input, init) {
    const mine = key();
    const url = new URL(input instanceof Request ? input.url : input, location.href);
    if (!mine || url.origin !== location.origin) return plain.call(window, input, init);
    const headers = new Headers((init && init.headers) || (input instanceof Request ? input.headers : undefined));
    headers.set(HEADER, mine);
    return plain.call(window, input, { ...init, headers }).then((answer) => {
      if (answer.status === 409 && !leaving) { leaving = true; location.reload(); }
      return answer;
    });
  };

  /* Address of a picture or a download, which can carry no header: with the source of this tab. */
  function sourced(path) {
    const url = new URL(path, location.href);
    url.searchParams.set("source", key());
    return url.pathname + url.search;
  }
  window.oddfinch.sourced = sourced;
  /* A download can carry no header either. */
  doc.addEventListener("click", (e) => {
    const a = e.target.closest && e.target.closest("a[download][href^='/']");
    if (!a || !key()) return;
    a.setAttribute("href", sourced(a.href));
  }, true);

  /* ---------- the notice ---------- */
  const part = (name) => doc.getElementById("source-" + name);
  function say(now) {
    const box = part("notice");
    const other = now.key !== key();
    box.hidden = !other && !["sample", "cached"].includes(now.state);
    box.dataset.state = other ? "back" : now.state;
    if (!other) { part("trouble").textContent = part("trouble").title = now.trouble || ""; return; }
    part("title").textContent = "Fink answers again.";
    part("words").textContent = "This tab still shows the simulated sky.";
    part("trouble").textContent = "";
    part("retry").textContent = "Show Fink's data";
  }
  const ask = (path, init) => plain(path, init).then((a) => (a.ok ? a.json() : Promise.reject(new Error(a.status))));
  const looking = () => part("notice") && ["sample", "cached"].includes(part("notice").dataset.state);
  function look() {
    if (looking()) ask("/source.json").then(say).catch(() => undefined);
  }
  setInterval(look, POLL_MS);
  window.addEventListener("focus", look);
  /* Addresses of the simulated sky mean nothing in the real one. */
  const leave = () => { leaving = true; location.assign("/"); };
  function retry(button) {
    if (part("notice").dataset.state === "back") { leave(); return; }
    button.disabled = true;
    const words = button.textContent;
    button.textContent = "Asking Fink…";
    ask("/source/retry", { method: "POST" }).then((now) => {
      if (now.key !== key()) { leave(); return; }
      say(now);
      if (now.trouble) window.oddfinch.toast("Fink still does not answer: " + now.trouble);
      else location.reload();
    }).catch(() => window.oddfinch.toast("Oddfinch itself does not answer. Is it still running?"))
      .finally(() => { button.disabled = false; if (button.textContent === "Asking Fink…") button.textContent = words; });
  }
  doc.addEventListener("click", (e) => { if (e.target.id === "source-retry") retry(e.target); });
})();
