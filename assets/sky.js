/* The sky panel: Aladin Lite over images of CDS. No other machine is asked before a person has said so; that is
   remembered until CDS does not answer, or the person takes it back. One Aladin for the life of the tab, carried from
   panel to panel, because it cannot be taken down and a browser has few WebGL contexts. */
(function () {
  "use strict";
  const doc = document;
  const REMEMBERED = "oddfinch-sky";
  const PATIENCE_MS = 3000;
  const SETTLED_MS = 300;
  const DIRECTORIES = ["https://alasky.unistra.fr/MocServer/query", "https://alaskybis.unistra.fr/MocServer/query"];
  const FIRST = { fov: 2, survey: "ps1" };
  const FIELD = [0.2, 60];
  const SCALES = [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200];
  const TROUBLE = {
    cds: "Aladin Lite needs the network for its sky images; CDS did not answer.",
    survey: "CDS did not answer for this survey; the one before is still shown.",
    script: "Aladin Lite itself could not be loaded, so there are no sky images.",
    webgl: "This browser has no WebGL 2, which Aladin Lite needs for its sky images.",
  };
  class Trouble extends Error {
    constructor(what) { super(TROUBLE[what]); this.what = what; }
  }

  /* ---------- consent ---------- */
  function agreed() {
    try { return localStorage.getItem(REMEMBERED) === "cds"; } catch (e) { return false; }
  }
  function remember(yes) {
    try { if (yes) localStorage.setItem(REMEMBERED, "cds"); else localStorage.removeItem(REMEMBERED); } catch (e) { /* private window */ }
  }

  /* ---------- what is asked of others ---------- */
  async function first(urls, read) {
    for (const url of urls) {
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), credentials: "omit" });
        const found = answer.ok && await read(answer, url);
        if (found) return found;
      } catch (e) { /* the next one */ }
    }
    return null;
  }
  /* Where a survey's images are: asked beforehand, because Aladin fails loudly, and for ever, where they are not. */
  const places = new Map();
  async function place(survey) {
    if (places.has(survey)) return places.get(survey);
    const ask = "?get=record&fmt=json&ID=" + encodeURIComponent(survey);
    const record = await first(DIRECTORIES.map((d) => d + ask), async (a) => (await a.json()).find((r) => r.ID === survey));
    if (!record) throw new Trouble("cds");
    const mirrors = Object.keys(record).filter((k) => /^hips_service_url(_\d+)?$/.test(k)).sort()
      .map((k) => record[k].replace(/^http:/, "https:").replace(/\/$/, ""));
    const found = await first(mirrors.map((m) => m + "/properties"), async (a, url) => /hips_order/.test(await a.text()) && url);
    if (!found) throw new Trouble("cds");
    places.set(survey, found.replace(/\/properties$/, ""));
    return places.get(survey);
  }
  /* A module script is checked against its hash; import() of the same address then gives the very same module. */
  let library = null;
  function aladin(box) {
    const url = new URL(box.dataset.script, location.href).href;
    library = library || new Promise((done, failed) => {
      const script = doc.createElement("script");
      Object.assign(script, { type: "module", crossOrigin: "anonymous", integrity: box.dataset.integrity, src: url });
      script.onload = () => import(url).then(async (m) => { await m.default.init; done(m.default); }).catch(failed);
      script.onerror = () => failed(new Error("not loaded, or not the file it should be"));
      doc.head.append(script);
    });
    return library.catch(() => { library = null; throw new Trouble("script"); });
  }
  const webgl = () => !!doc.createElement("canvas").getContext("webgl2");

  /* ---------- marks ---------- */
  const ink = (name) => getComputedStyle(doc.documentElement).getPropertyValue("--" + name).trim();
  const SHAPES = {
    alert: (c, x, y) => { c.moveTo(x + 6, y); c.lineTo(x + 20, y); c.moveTo(x, y + 6); c.lineTo(x, y + 20); },
    template: (c, x, y) => c.rect(x - 6, y - 6, 12, 12),
    /* Its place is known to half an arcsecond or so (services/sky_marks.py); the circle says so when one looks closer. */
    ps1: (c, x, y) => c.arc(x, y, Math.max(8, 0.7 / perPixel()), 0, 2 * Math.PI),
  };
  /* Light lines with a dark edge are seen on any image. */
  function draw(source, c) {
    for (const [colour, width] of [["#000", 4], [ink("xh"), 2]]) {
      c.beginPath();
      SHAPES[source.data.kind](c, source.x, source.y);
      c.strokeStyle = colour;
      c.lineWidth = width;
      c.stroke();
    }
  }

  /* ---------- the one Aladin ---------- */
  let live = null;
  const QUIET = Object.fromEntries(["Reticle", "ZoomControl", "LayersControl", "FullscreenControl", "ProjectionControl",
    "StatusBar", "Frame", "CooLocation", "Fov", "ContextMenu"].map((part) => ["show" + part, false]));
  function create(A, stage, survey, url) {
    const view = doc.createElement("div");
    view.className = "sky-view";
    stage.prepend(view);
    const options = { survey: A.HiPS(url, { name: survey }), hipsList: [], cooFrame: "ICRSd", projection: "TAN",
      lockNorthUp: true, log: false, samp: false, fov: FIRST.fov / 60, ...QUIET };
    const made = { A, view, survey, url, aladin: A.aladin(view, options), marks: null };
    made.marks = A.catalog({ name: "marks", shape: draw, onClick: () => undefined });
    made.aladin.addCatalog(made.marks);
    made.aladin.on("zoomChanged", zoomed);
    return made;
  }
  function show(box) {
    const d = box.dataset;
    box.querySelector(".sky-stage").prepend(live.view);
    d.sky = "live";
    const [[, ra, dec]] = JSON.parse(d.places);
    live.marks.removeAll();
    live.marks.addSources(JSON.parse(d.places).map(([kind, a, b]) => live.A.source(a, b, { kind })));
    live.aladin.setFoV(+d.fov / 60);
    live.aladin.gotoRaDec(ra, dec);
    press(box, live.survey);
    measure();
  }
  function press(box, survey) {
    for (const b of box.querySelectorAll("[data-sky-survey]")) b.setAttribute("aria-pressed", String(b.dataset.skySurvey === survey));
  }
  async function open(box) {
    const d = box.dataset;
    d.sky = "loading";
    words(box, "Asking CDS for the sky images…");
    try {
      if (!live && !webgl()) throw new Trouble("webgl");
      const url = await place(JSON.parse(d.surveys)[d.survey]);
      const A = await aladin(box);
      if (!box.isConnected) return;
      d.sky = "live"; /* Aladin needs a size from the first moment */
      if (!live) live = create(A, box.querySelector(".sky-stage"), d.survey, url);
      else if (live.survey !== d.survey) paint(d.survey, url);
      show(box);
      remember(true);
    } catch (error) {
      fail(box, error instanceof Trouble ? error : new Trouble("script"));
    }
  }
  function paint(survey, url) {
    live.aladin.setBaseImageLayer(live.A.HiPS(url, { name: survey }));
    Object.assign(live, { survey, url });
  }
  function fail(box, trouble) {
    if (trouble.what === "cds") remember(false);
    box.dataset.sky = "failed";
    words(box, trouble.message);
    box.querySelector("[data-sky-load]").textContent = "Try again";
  }
  const words = (box, text) => { box.querySelector("[data-sky-words]").textContent = text; };

  async function change(box, survey) {
    const trouble = box.querySelector(".sky-trouble");
    trouble.hidden = true;
    press(box, survey);
    try {
      paint(survey, await place(JSON.parse(box.dataset.surveys)[survey]));
      box.dataset.survey = survey;
      window.oddfinch.writeUrl({ survey: survey === FIRST.survey ? null : survey });
    } catch (error) {
      press(box, live.survey);
      trouble.textContent = TROUBLE.survey;
      trouble.hidden = false;
    }
  }
  function stop(box) {
    remember(false);
    live.view.remove();
    box.dataset.sky = "ask";
    const button = box.querySelector("[data-sky-load]");
    button.textContent = button.dataset.skyLoad;
    words(box, "CDS is not asked any more.");
    button.focus();
  }

  /* ---------- field and scale ---------- */
  const shown = () => live && live.view.closest("[data-sky]");
  const perPixel = () => live.aladin.getFov()[0] * 3600 / live.view.clientWidth;
  function measure() {
    const box = shown();
    if (!box) return;
    const arcmin = live.aladin.getFov()[0] * 60;
    const arcsec = SCALES.filter((s) => s / perPixel() < live.view.clientWidth / 4).pop() || SCALES[0];
    const [bar, label] = box.querySelector(".sky-stage .sky-scale").children;
    bar.style.width = arcsec / perPixel() + "px";
    label.textContent = arcsec < 60 ? arcsec + "″" : arcsec / 60 + "′";
    box.querySelector("[data-sky-fov]").textContent = arcmin.toFixed(arcmin < 10 ? 1 : 0) + "′";
  }
  let settling = null;
  function zoomed() {
    measure();
    clearTimeout(settling);
    settling = setTimeout(() => {
      const box = shown();
      if (!box || !box.isConnected) return;
      const fov = Math.min(Math.max(+(live.aladin.getFov()[0] * 60).toFixed(2), FIELD[0]), FIELD[1]);
      if (Math.abs(fov - box.dataset.fov) < 0.01) return;
      box.dataset.fov = fov;
      window.oddfinch.writeUrl({ fov: fov === FIRST.fov ? null : fov });
    }, SETTLED_MS);
  }
  function zoom(factor) {
    const wanted = live.aladin.getFov()[0] * 60 * factor;
    live.aladin.setFoV(Math.min(Math.max(wanted, FIELD[0]), FIELD[1]) / 60);
  }
  new ResizeObserver(measure).observe(doc.body);

  /* ---------- clicks, and panels as they come ---------- */
  doc.addEventListener("click", (e) => {
    const el = e.target.closest("[data-sky-load],[data-sky-survey],[data-sky-zoom],[data-sky-stop]");
    if (!el) return;
    const box = el.closest("[data-sky]");
    if (el.dataset.skyLoad) open(box);
    else if (el.dataset.skySurvey) change(box, el.dataset.skySurvey);
    else if (el.dataset.skyZoom) zoom(+el.dataset.skyZoom);
    else stop(box);
  });
  function bind() {
    for (const box of doc.querySelectorAll("[data-sky=ask]:not([data-bound])")) {
      box.dataset.bound = "";
      if (!agreed()) continue;
      if (live && live.survey === box.dataset.survey) show(box); else if (navigator.onLine) open(box);
    }
    for (const img of doc.querySelectorAll(".sky-stamp img:not([data-bound])")) {
      img.dataset.bound = "";
      img.addEventListener("error", () => img.closest(".sky-stamp").classList.add("failed"));
    }
  }
  new MutationObserver(bind).observe(doc.body, { childList: true, subtree: true });
})();
