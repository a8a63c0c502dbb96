/* The JWST page: a file goes to the server's memory and is known to this tab by a token, which is never in the address;
   rows, lists and forms write what is chosen into the address through assets/app.js; what is computed is followed. */
(function () {
  "use strict";
  const doc = document;
  const of = window.oddfinch;
  const KEPT = "oddfinch-jwst";
  const DIGITS = 12;
  const SOURCE = ["file", "example", "rows", "seed", "tampered"];
  const OF_A_FILE = ["rows", "seed", "tampered", "row", "page", "rule", "only", "type", "sort", "detector", "run", "search", "by", "etype",
    "style", "strength", "place", "n", "iseed", "draws", "sseed"];
  const page = () => doc.querySelector('[data-page="jwst"]');
  const slots = () => Array.from(page().querySelectorAll("[data-slot]"));
  const nothing = (keys) => Object.fromEntries(keys.map((key) => [key, null]));

  /* ---------- which file this tab has ---------- */
  function kept() {
    try { return JSON.parse(sessionStorage.getItem(KEPT)) || null; } catch (e) { return null; }
  }
  function keep(file) {
    try { if (file) sessionStorage.setItem(KEPT, JSON.stringify(file)); else sessionStorage.removeItem(KEPT); } catch (e) { /* no storage */ }
  }
  /* The token of the file that the address is about; a page without a file in its address is about the one of the tab. */
  function tokenHere() {
    const q = of.params(), file = kept();
    if (!file || q.get("example")) return null;
    if (!q.get("file")) of.writeUrl({ file: file.sha.slice(0, DIGITS) });
    return file.sha.startsWith(of.params().get("file")) ? file.token : null;
  }
  function give(slot, more) {
    const ask = Object.assign(JSON.parse(slot.dataset.ask), more);
    for (const key of Object.keys(ask)) if (ask[key] === null) delete ask[key];
    slot.dataset.ask = JSON.stringify(ask);
  }
  function askAll(more) {
    for (const slot of slots()) { give(slot, more); of.askAgain(slot); }
  }
  /* Before app.js asks for the panels of a page that has just come. */
  function arrive() {
    for (const slot of page().querySelectorAll("[data-slot][data-after]:not([data-jwst-known])")) {
      slot.dataset.jwstKnown = "";
      give(slot, { token: tokenHere() });
    }
  }
  window.addEventListener("pagehide", () => {
    const file = kept();
    if (file) navigator.sendBeacon("/jwst/leave?token=" + encodeURIComponent(file.token));
  });

  /* ---------- a file is dropped or chosen ---------- */
  function tell(words, done) {
    for (const box of doc.querySelectorAll("[data-jwst-status]")) {
      box.hidden = words === null;
      box.querySelector("span").textContent = words || "";
      box.querySelector("progress").value = done || 0;
    }
  }
  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });
  const mega = (file) => (file.size / 1e6).toFixed(1);
  let loading = 0;
  async function load(file) {
    const mine = (loading += 1);
    if (file.size > +page().dataset.jwstMaxBytes) { refuse({ refused: mega(file) }); return; }
    tell("sending the file to this Oddfinch", 0);
    let answer;
    try {
      answer = await fetch("/jwst/file", { method: "POST", body: file,
        headers: { "Content-Type": "application/octet-stream", "X-Oddfinch-File": encodeURIComponent(file.name) } });
    } catch (e) { tell(null); of.toast("Oddfinch did not answer, or the file cannot be read. It was not kept."); return; }
    if (answer.status === 413) { refuse({ refused: mega(file) }); return; }
    if (!answer.ok) { tell(null); of.toast((await answer.text()).slice(0, 200)); return; }
    const { token } = await answer.json();
    const said = await followed(token, mine);
    if (mine !== loading || !page()) { fetch("/jwst/leave?now=1&token=" + encodeURIComponent(token), { method: "POST" }); return; }
    tell(null);
    if (said && said.state === "done") open(token, said.sha256); else refuse({ token });
  }
  async function followed(token, mine) {
    for (let ms = 60; mine === loading; ms = Math.min(ms * 1.5, 700)) {
      const answer = await fetch("/jwst/file.json?token=" + encodeURIComponent(token)).catch(() => null);
      const said = answer && answer.ok ? await answer.json() : null;
      if (!said || said.state !== "running") return said;
      tell(said.words, said.done);
      await wait(ms);
    }
    return null;
  }
  function forget() {
    const old = kept();
    keep(null);
    if (old) fetch("/jwst/leave?now=1&token=" + encodeURIComponent(old.token), { method: "POST" }).catch(() => undefined);
  }
  function open(token, sha) {
    forget();
    keep({ token, sha });
    const same = sha.startsWith(of.params().get("file") || "none");
    of.writeUrl(Object.assign({ file: sha.slice(0, DIGITS), example: null }, same ? {} : nothing(OF_A_FILE)));
    askAll({ token, refused: null });
  }
  /* A file that cannot be used takes the place of the one before: what is on the screen is never of another file. */
  function refuse(why) {
    tell(null);
    forget();
    of.writeUrl(Object.assign({ file: null, example: null }, nothing(OF_A_FILE)));
    askAll(Object.assign({ token: null, refused: null }, why));
  }
  function example(patch) {
    forget();
    of.writeUrl(Object.assign(nothing(OF_A_FILE), { file: null }, patch));
    askAll({ token: null, refused: null });
  }
  function choose() {
    const input = doc.createElement("input");
    input.type = "file";
    input.accept = ".csv,text/csv,text/plain";
    input.addEventListener("change", () => { if (input.files[0]) load(input.files[0]); });
    input.click();
  }
  const carries = (e) => page() && e.dataTransfer && Array.from(e.dataTransfer.types).includes("Files");
  doc.addEventListener("dragover", (e) => { if (carries(e)) { e.preventDefault(); page().dataset.dragging = ""; } });
  doc.addEventListener("dragleave", (e) => { if (page() && !e.relatedTarget) delete page().dataset.dragging; });
  doc.addEventListener("drop", (e) => {
    if (!carries(e)) return;
    e.preventDefault();
    delete page().dataset.dragging;
    if (e.dataTransfer.files[0]) load(e.dataTransfer.files[0]);
  });

  /* ---------- rows ---------- */
  const lines = () => Array.from(doc.querySelectorAll("[data-jwst-line]"));
  function select(line) {
    for (const other of lines()) other.setAttribute("aria-selected", String(other === line));
    line.scrollIntoView({ block: "nearest" });
    of.setView({ row: line.dataset.jwstLine });
  }
  const others = of.row;
  of.row = (by) => {
    const all = page() ? lines() : [];
    if (!all.length) return others(by);
    const at = all.findIndex((line) => line.getAttribute("aria-selected") === "true");
    select(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
    return true;
  };

  /* ---------- forms ---------- */
  const percent = (value) => `${+(100 * value).toPrecision(3)} %`;
  const fieldsOf = (form) => Array.from(form.querySelectorAll("[data-jwst-field], input"));
  const nameOf = (field) => field.dataset.jwstField || field.name;
  const valueOf = (field) => field.type === "range" ? String(+(10 ** +field.value).toPrecision(3)) : field.value.trim();
  function field(place) {
    const { jwstInput: name, kind, value, label } = place.dataset;
    const input = doc.createElement("input");
    input.name = name;
    input.type = kind;
    input.setAttribute("aria-label", label);
    place.append(input);
    if (kind !== "range") {
      for (const limit of ["min", "max"]) if (place.dataset[limit]) input[limit] = place.dataset[limit];
      input.value = value;
      return;
    }
    input.min = -3; input.max = 0; input.step = 0.05;
    input.value = Math.log10(+value || 1);
    const words = doc.createElement("output");
    place.append(words);
    const say = () => { words.textContent = percent(valueOf(input)); input.setAttribute("aria-valuetext", words.textContent); };
    input.addEventListener("input", say);
    say();
  }
  doc.addEventListener("change", (e) => {
    if (!page() || !e.target.closest) return;
    const choice = e.target.dataset.jwstChoice;
    if (choice) { remember(`[data-jwst-choice="${choice}"]`, e.target); of.setView({ [choice]: e.target.value || null, page: null, row: null }); }
    else if (e.target.closest("[data-jwst-form]")) of.writeUrl({ [nameOf(e.target)]: valueOf(e.target) });
  });
  doc.addEventListener("submit", (e) => {
    const form = e.target.closest("[data-jwst-form]");
    if (!form) return;
    e.preventDefault();
    const all = fieldsOf(form);
    of.writeUrl(nothing(all.map(nameOf)));
    of.setView({ [form.dataset.jwstForm]: all.map(valueOf).join(",") });
  });

  /* ---------- what is computed ---------- */
  const followedJobs = new Set();
  async function follow(address) {
    if (followedJobs.has(address)) return;
    followedJobs.add(address);
    const here = () => Array.from(doc.querySelectorAll("[data-jwst-job]")).filter((box) => box.dataset.jwstJob === address);
    for (let ms = 120; here().length; ms = Math.min(ms * 1.3, 600)) {
      const answer = await fetch(address).catch(() => null);
      const said = answer && answer.ok ? await answer.json() : { state: "gone" };
      for (const box of here()) {
        const bar = box.querySelector("progress"), words = box.querySelector("[role=status]");
        if (bar && said.total) { bar.max = said.total; bar.value = said.done; }
        if (words && said.words && words.textContent !== said.words) words.textContent = said.words;
      }
      if (said.state !== "running") {
        for (const slot of new Set(here().map((box) => box.closest("[data-slot]")))) of.askAgain(slot);
        await wait(1500); /* the panels are on their way; should one still compute, it is followed again */
        break;
      }
      await wait(ms);
    }
    followedJobs.delete(address);
    if (here().length) follow(address);
  }
  async function cancel(address) {
    const url = new URL(address, location.href);
    await fetch("/jwst/cancel" + url.search, { method: "POST" }).catch(() => undefined);
    const kind = url.searchParams.get("kind");
    if (kind === "file") example({ example: null }); else of.setView({ [kind]: null });
    of.toast("Cancelled. Nothing was kept of it.");
  }

  /* ---------- clicks, and the focus, which stays where it was when a panel is drawn again ---------- */
  let last = null;
  function remember(selector, element) {
    const slot = element.closest("[data-slot]");
    last = slot && { selector, slot: slot.dataset.slot };
  }
  function refocus() {
    if (!last || doc.activeElement !== doc.body) return;
    const slot = doc.querySelector(`[data-slot="${last.slot}"]:not([data-busy])`);
    const again = slot && slot.querySelector(last.selector);
    if (again) { last = null; again.focus({ preventScroll: true }); }
  }
  doc.addEventListener("click", (e) => {
    if (!page() || !e.target.closest) return;
    const view = e.target.closest("[data-view]");
    if (view) {
      remember(`[data-view='${view.dataset.view.replace(/'/g, "\\'")}']`, view);
      /* Where there are other rows, also what shows nothing now may have something to show. */
      if (Object.keys(JSON.parse(view.dataset.view)).some((key) => SOURCE.includes(key))) askAll({});
    }
    const el = e.target.closest("[data-jwst-choose],[data-jwst-example],[data-jwst-cancel],[data-jwst-line]");
    if (!el) return;
    if (el.dataset.jwstChoose !== undefined) choose();
    else if (el.dataset.jwstExample) example(JSON.parse(el.dataset.jwstExample));
    else if (el.dataset.jwstCancel) cancel(el.dataset.jwstCancel);
    else if (!String(getSelection())) select(el);
  });

  function settle() {
    for (const place of doc.querySelectorAll("[data-jwst-input]:empty")) field(place);
    for (const box of doc.querySelectorAll("[data-jwst-job]")) follow(box.dataset.jwstJob);
    refocus();
  }
  new MutationObserver(() => { if (page()) { arrive(); settle(); } }).observe(doc.body, { childList: true, subtree: true });
})();
