/* Stamps in the browser: fetched once, from the binary of services/stamp_files.py (`bundle`), and painted on canvases.
   Places are in pixels of the frame: x to the right and y down the screen, from 0 to the stamp's size. */
(function () {
  "use strict";
  const doc = document;
  const ASINH_SCALE = 5;
  const KEPT = 80;
  const BARS = [10, 5, 2, 1];
  const minus = (text) => text.replace("-", "−");

  /* ---------- stamps, kept in memory by alert ---------- */
  const kept = new Map();
  const asking = new Map();
  function decode(buffer) {
    const length = new DataView(buffer).getUint32(0, true);
    const record = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    let start = 4 + length;
    record.of = {};
    for (const image of record.images) {
      const [rows, columns] = image.shape;
      record.of[image.kind] = Object.assign(image, { rows, columns, pixels: new Float32Array(buffer, start, rows * columns) });
      start += 4 * rows * columns;
    }
    return record;
  }
  function keep(key, record) {
    kept.delete(key);
    kept.set(key, record);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return record;
  }
  /* Stamps of an alert; null when Fink does not give them now. With `ahead` they are only fetched to be here. */
  function stamps(id, candid, ahead) {
    const key = id + "/" + candid;
    if (kept.has(key)) return Promise.resolve(kept.get(key));
    if (asking.has(key)) return asking.get(key);
    const path = window.oddfinch.sourced(`/cutout/${id}/${candid}/stamps.bin${ahead ? "?ahead=1" : ""}`);
    const answer = fetch(path).then((a) => (a.status === 200 ? a.arrayBuffer() : null))
      .then((buffer) => buffer && keep(key, decode(buffer))).catch(() => null).finally(() => asking.delete(key));
    asking.set(key, answer);
    return answer;
  }

  /* ---------- from values to greys ---------- */
  function shade(v, limits, stretch, signed) {
    if (signed) {
      const part = Math.max(-1, Math.min(1, v / limits[1]));
      const bent = stretch === "arcsinh" ? Math.sign(part) * Math.asinh(ASINH_SCALE * Math.abs(part)) / Math.asinh(ASINH_SCALE) : part;
      return 0.5 + bent / 2;
    }
    const part = Math.max(0, Math.min(1, (v - limits[0]) / (limits[1] - limits[0])));
    return stretch === "arcsinh" ? Math.asinh(ASINH_SCALE * part) / Math.asinh(ASINH_SCALE) : part;
  }
  /* One stamp as a picture of its own pixels, top row first on the screen; missing pixels stay transparent. */
  function picture(record, kind, stretch, inverted) {
    const image = record.of[kind];
    const name = stretch + inverted;
    image.drawn = image.drawn || {};
    if (image.drawn[name]) return image.drawn[name];
    const canvas = Object.assign(doc.createElement("canvas"), { width: image.columns, height: image.rows });
    const data = new ImageData(image.columns, image.rows);
    const limits = image.limits[stretch];
    for (let row = 0; row < image.rows; row++) {
      const line = record.on_top ? row : image.rows - 1 - row;
      for (let column = 0; column < image.columns; column++) {
        const v = image.pixels[row * image.columns + column];
        if (!Number.isFinite(v)) continue;
        const s = shade(v, limits, stretch, kind === "Difference");
        const grey = Math.round(255 * (inverted ? 1 - s : s));
        data.data.set([grey, grey, grey, 255], 4 * (line * image.columns + column));
      }
    }
    canvas.getContext("2d").putImageData(data, 0, 0);
    return (image.drawn[name] = canvas);
  }

  /* ---------- where things are ---------- */
  /* Row and column of an image under a place in the frame; null outside of it. */
  function pixelAt(record, image, place) {
    const column = Math.floor(place[0]) - image.before[0];
    const line = Math.floor(place[1]);
    const row = (record.on_top ? line : record.size - 1 - line) - image.before[1];
    return row >= 0 && row < image.rows && column >= 0 && column < image.columns ? [row, column] : null;
  }
  function valueAt(record, kind, place) {
    const image = record.of[kind];
    const at = image && pixelAt(record, image, place);
    return at ? image.pixels[at[0] * image.columns + at[1]] : undefined;
  }
  /* First column and line of an image in the frame. */
  function corner(record, image) {
    const after = record.size - image.rows - image.before[1];
    return [image.before[0], record.on_top ? image.before[1] : after];
  }
  function offset(record, place) {
    const middle = (record.size - 1) / 2;
    const right = (Math.floor(place[0]) - middle) * record.scale;
    const down = (Math.floor(place[1]) - middle) * record.scale;
    return { east: record.east === "left" ? -right : right, north: record.north === "down" ? down : -down };
  }
  function offsetWords(record, place) {
    const { east, north } = offset(record, place);
    if (!east && !north) return "the alert";
    const part = (v, plus, less) => `${Math.abs(v).toFixed(1)}″ ${v < 0 ? less : plus}`;
    return `${part(east, "E", "W")}, ${part(north, "N", "S")}`;
  }
  function number(v) {
    if (v === undefined) return "off edge";
    if (!Number.isFinite(v)) return "no data";
    return minus(Math.abs(v) >= 10000 ? v.toPrecision(4) : v.toFixed(Math.abs(v) >= 1000 ? 0 : 1));
  }

  /* ---------- drawing ---------- */
  function line(g, points, width, colour) {
    for (const [w, c] of [[width + 2, "rgba(0,0,0,.75)"], [width, colour]]) {
      g.beginPath();
      points.forEach(([x, y], n) => (n ? g.lineTo(x, y) : g.moveTo(x, y)));
      g.lineWidth = w; g.strokeStyle = c; g.stroke();
    }
  }
  function text(g, words, x, y, size, align, colour) {
    g.font = `600 ${size}px ${getComputedStyle(doc.body).fontFamily}`;
    g.textAlign = align; g.textBaseline = "middle"; g.lineJoin = "round";
    g.lineWidth = 3; g.strokeStyle = "rgba(0,0,0,.75)"; g.strokeText(words, x, y);
    g.fillStyle = colour; g.fillText(words, x, y);
  }
  /* Arrows to north and east in the upper left corner, and the scale in the lower left one. */
  function compass(g, record, side, k, unit, colour) {
    const pad = 6 * unit, long = 15 * unit, size = 10 * unit;
    const up = record.north === "up" ? -1 : 1, left = record.east === "left" ? -1 : 1;
    const foot = [pad + (left < 0 ? long + size : 0), pad + (up < 0 ? long + size : 0)];
    const tip = (dx, dy) => [foot[0] + dx * long, foot[1] + dy * long];
    const head = (dx, dy) => {
      const [x, y] = tip(dx, dy), w = 3.5 * unit;
      line(g, [[x - dx * w - dy * w, y - dy * w - dx * w], [x, y], [x - dx * w + dy * w, y - dy * w + dx * w]], 1.4 * unit, colour);
    };
    line(g, [tip(0, up), foot, tip(left, 0)], 1.4 * unit, colour);
    head(0, up); head(left, 0);
    text(g, "N", foot[0], foot[1] + up * (long + size * 0.7), size, "center", colour);
    text(g, "E", foot[0] + left * (long + size * 0.7), foot[1], size, "center", colour);
    const arcsec = BARS.find((a) => a / record.scale * k < side * 0.4) || BARS[BARS.length - 1];
    const bar = arcsec / record.scale * k, y = side - pad;
    line(g, [[pad, y], [pad + bar, y]], 2 * unit, colour);
    text(g, arcsec + "″", pad + bar + 4 * unit, y - 2 * unit, size, "left", colour);
    return { arcsec, bar };
  }
  /* One stamp into a square of a canvas: the view is {zoom, x, y} with x, y the middle of what is shown. */
  function paint(g, record, kind, side, view, options) {
    const image = record.of[kind];
    const k = side * view.zoom / record.size;
    const left = view.x - side / k / 2, top = view.y - side / k / 2;
    const place = (x, y) => [(x - left) * k, (y - top) * k];
    g.save();
    g.beginPath(); g.rect(0, 0, side, side); g.clip();
    if (image) {
      const [x, y] = place(...corner(record, image));
      g.imageSmoothingEnabled = false;
      g.drawImage(picture(record, kind, options.stretch, options.inverted), x, y, image.columns * k, image.rows * k);
      const [cx, cy] = place(record.size / 2, record.size / 2), gap = side * 0.04, long = side * 0.13;
      if (options.cross) {
        const [px, py] = place(Math.floor(options.cross[0]), Math.floor(options.cross[1]));
        const x = px + k / 2, y = py + k / 2, free = Math.max(k / 2 + 2, 4);
        for (const part of [[[0, y], [x - free, y]], [[x + free, y], [side, y]], [[x, 0], [x, y - free]], [[x, y + free], [x, side]]]) {
          line(g, part, options.unit, options.colour);
        }
      } else {
        line(g, [[cx + gap, cy], [cx + gap + long, cy]], 2 * options.unit, options.colour);
        line(g, [[cx, cy + gap], [cx, cy + gap + long]], 2 * options.unit, options.colour);
      }
    }
    const scale = options.compass ? compass(g, record, side, k, options.unit, options.colour) : null;
    g.restore();
    return scale;
  }

  window.oddfinch.stamps = { kept, stamps, paint, valueAt, offsetWords, number, minus };
})();
