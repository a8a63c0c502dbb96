/* What can be taken away: the menu "Cite", which asks for its content when it is opened, and figures for a paper. */
(function () {
  "use strict";
  const doc = document;

  doc.addEventListener("toggle", (e) => {
    const box = e.target.open && e.target.querySelector("[data-on-open]");
    if (!box) return;
    const address = box.dataset.onOpen;
    delete box.dataset.onOpen;
    fetch(address).then((a) => (a.ok ? a.text() : a.text().then((t) => Promise.reject(new Error(t)))))
      .then((t) => { box.innerHTML = t; })
      .catch((error) => { box.textContent = error.message; box.dataset.onOpen = address; });
  }, true);

  /* ---------- a figure for a paper: one column wide, white, 8 pt type, 300 dots per inch ---------- */
  const WIDTH_IN = 3.5, HEIGHT_IN = 2.6, CSS_DPI = 96, PRINT_DPI = 300;
  const PT = CSS_DPI / 72;
  const INK = "#000000", GREY = "#B8B8B8";
  const SIZE = { valid: 5, "low quality": 3.5, limit: 4.5, negative: 5 };
  const FONT = { family: "Helvetica, Arial, sans-serif", size: 8 * PT, color: INK };

  /* Text and colours of the light theme, whatever the screen shows: the figure names its tokens in layout.meta. */
  function inLight(gd) {
    const figure = JSON.parse(JSON.stringify({ data: gd.data, layout: gd.layout }));
    const root = doc.documentElement, was = root.dataset.theme;
    root.dataset.theme = "light";
    const style = getComputedStyle(root);
    for (const [path, name] of (figure.layout.meta && figure.layout.meta.tokens) || []) {
      let node = figure;
      for (const step of path.slice(0, -1)) node = node && node[step];
      if (node) node[path[path.length - 1]] = style.getPropertyValue("--" + name).trim();
    }
    root.dataset.theme = was;
    return figure;
  }
  function words(meta) {
    if (meta.kind === "detection" || meta.kind === "valid" || !meta.kind) return meta.band;
    return meta.band + ", " + meta.kind;
  }
  function series(trace) {
    const size = SIZE[trace.meta.kind] || SIZE.valid;
    const marker = Object.assign({}, trace.marker, { size });
    if (marker.line) marker.line = Object.assign({}, marker.line, { width: Math.min(marker.line.width || 0, 1) });
    const bars = trace.error_y && Object.assign({}, trace.error_y, { thickness: 0.7, width: 0 });
    return { type: "scatter", mode: "markers", x: trace.x, y: trace.y, marker, error_y: bars, name: words(trace.meta),
      opacity: trace.opacity, cliponaxis: true, showlegend: true };
  }
  function axis(from, title) {
    return { range: from.range.slice(), title: { text: title, font: Object.assign({}, FONT, { size: 9 * PT }), standoff: 6 },
      tickfont: FONT, ticks: "inside", ticklen: 4, tickcolor: INK, linecolor: INK, showline: true, mirror: "ticks",
      showgrid: false, zeroline: false, nticks: 5, automargin: true };
  }
  /* The light curve alone, as it is zoomed and filtered on the screen; a level of the template stays. */
  function forPaper(gd, caption) {
    const { data, layout } = inLight(gd);
    /* Not the arrowheads with words for limits beyond the frame: on paper they would be read as points. */
    const drawn = data.filter((t) => t.meta && t.meta.lane === "curve" && t.meta.band && t.visible !== false && t.mode === "markers" && t.x.length);
    const levels = (layout.shapes || []).filter((s) => s.type === "line" && s.yref === "y" && s.xref !== "x" && s.y0 === s.y1);
    const title = layout.yaxis.title.text, days = Math.abs(layout.xaxis.range[1] - layout.xaxis.range[0]);
    const made = {
      width: WIDTH_IN * CSS_DPI, height: HEIGHT_IN * CSS_DPI, font: FONT,
      paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff", margin: { l: 8, r: 8, t: 24, b: 8 },
      xaxis: Object.assign(axis(layout.xaxis, "MJD (UTC)"), { tickformat: days > 8 ? ".0f" : ".2f" }),
      yaxis: Object.assign(axis(layout.yaxis, title), { tickformat: layout.yaxis.tickformat }),
      shapes: levels.map((s) => Object.assign({}, s, { line: Object.assign({}, s.line, { width: 0.8 }) })),
      showlegend: true,
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", font: Object.assign({}, FONT, { size: 6.5 * PT }), bgcolor: "rgba(0,0,0,0)",
        itemwidth: 30, entrywidthmode: "fraction", entrywidth: 0.32, itemsizing: "trace", traceorder: "normal" },
    };
    if (caption.includes("SIMULATED")) {
      made.annotations = [{ text: "SIMULATED", xref: "paper", yref: "paper", x: 0.5, y: 0.5, showarrow: false,
        font: Object.assign({}, FONT, { size: 20, color: GREY }), textangle: -20 }];
    }
    const order = ["detection", "negative", "low quality", "limit"];
    drawn.sort((a, b) => order.indexOf(a.meta.kind) - order.indexOf(b.meta.kind) || "gri".indexOf(a.meta.band) - "gri".indexOf(b.meta.band));
    return { data: drawn.map(series), layout: made };
  }

  /* PNG, section 11.3.4.3 (pHYs): dots per metre, so that LaTeX and word processors know its size. */
  function crc(bytes) {
    let c = ~0;
    for (const byte of bytes) {
      c ^= byte;
      for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    }
    return ~c >>> 0;
  }
  function withSize(png) {
    const chunk = new Uint8Array(21), view = new DataView(chunk.buffer);
    const perMetre = Math.round(PRINT_DPI / 0.0254);
    view.setUint32(0, 9);
    chunk.set([0x70, 0x48, 0x59, 0x73], 4);
    view.setUint32(8, perMetre);
    view.setUint32(12, perMetre);
    chunk[16] = 1;
    view.setUint32(17, crc(chunk.subarray(4, 17)));
    const after = 33; /* signature 8, IHDR 25 */
    const made = new Uint8Array(png.length + chunk.length);
    made.set(png.subarray(0, after));
    made.set(chunk, after);
    made.set(png.subarray(after), after + chunk.length);
    return made;
  }
  async function asPng(figure) {
    const { width, height } = figure.layout;
    const url = await window.Plotly.toImage(figure, { format: "png", width, height, scale: PRINT_DPI / CSS_DPI });
    const text = atob(url.slice(url.indexOf(",") + 1));
    return new Blob([withSize(Uint8Array.from(text, (c) => c.charCodeAt(0)))], { type: "image/png" });
  }
  async function asSvg(figure, caption) {
    const { width, height } = figure.layout;
    const url = await window.Plotly.toImage(figure, { format: "svg", width, height });
    const image = new DOMParser().parseFromString(decodeURIComponent(url.slice(url.indexOf(",") + 1)), "image/svg+xml");
    const svg = image.documentElement;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", WIDTH_IN + "in");
    svg.setAttribute("height", HEIGHT_IN + "in");
    const title = image.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = caption;
    svg.prepend(title);
    return new Blob([new XMLSerializer().serializeToString(image)], { type: "image/svg+xml" });
  }
  function save(blob, name) {
    const link = doc.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  async function publish(button) {
    const gd = button.closest("[data-panel]").querySelector(".js-plotly-plot");
    if (!gd) { window.oddfinch.toast("There is no figure to export yet."); return; }
    const box = gd.closest("[data-caption]"), kind = button.dataset.kind;
    const figure = forPaper(gd, box.dataset.caption);
    const blob = await (kind === "svg" ? asSvg(figure, box.dataset.caption) : asPng(figure));
    save(blob, `${box.dataset.file}-paper.${kind}`);
  }
  doc.addEventListener("click", (e) => {
    const button = e.target.closest && e.target.closest("[data-publication]");
    if (button) publish(button).catch(() => window.oddfinch.toast("The figure could not be made."));
  });
})();
