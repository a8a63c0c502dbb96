/* A browser keeps six connections to a server. While Fink is slow the panels of a page must not take all of them, or
   nothing else would move: at most four panels ask at a time, and those of a page that is left are given up.
   The name of this file puts it behind source.js: its fetch is the one that Dash calls. */
(function () {
  "use strict";
  const AT_ONCE = 4;
  const plain = window.fetch;
  const waiting = [];
  let running = 0;
  let page = new AbortController();
  let path = location.pathname;

  const isPanel = (init) => init && typeof init.body === "string" && init.body.startsWith('{"output":"{\\"kind\\":\\"slot\\"');
  function next() {
    while (running < AT_ONCE && waiting.length) {
      running += 1;
      waiting.shift()().finally(() => { running -= 1; next(); });
    }
  }
  window.fetch = function (input, init) {
    if (!isPanel(init)) return plain.call(window, input, init);
    const left = page.signal;
    return new Promise((done, failed) => {
      /* 204 is how a Dash server says that nothing changes. */
      const drop = () => done(new Response(null, { status: 204 }));
      left.addEventListener("abort", drop);
      waiting.push(() => {
        if (left.aborted) return Promise.resolve();
        /* An answer that has arrived is read to its end: to abort its reading would be an error of the reader's. */
        const own = new AbortController();
        const stop = () => own.abort();
        left.addEventListener("abort", stop);
        return plain.call(window, input, { ...init, signal: own.signal }).then(
          (answer) => { left.removeEventListener("abort", stop); done(answer); },
          (e) => { if (!left.aborted) failed(e); });
      });
      next();
    });
  };
  function leave() {
    if (location.pathname === path) return;
    path = location.pathname;
    page.abort();
    page = new AbortController();
  }
  window.addEventListener("_dashprivate_pushstate", leave, true);
  window.addEventListener("popstate", leave, true);
})();
