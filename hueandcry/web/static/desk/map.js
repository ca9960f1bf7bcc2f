// Maps of the desk: outlines, roads and names from our own addresses, a drawn area into a text box. No tiles, no outsiders.
// Everything a map does can be done without it: areas by their names, a drawn area as text.

const FALLBACK = [1.5, 53.5, 3.5, 55.3];
const EMPTY = { type: "FeatureCollection", features: [] };

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const collection = (features) => ({ type: "FeatureCollection", features });
const feature = (type, coordinates, properties = {}) => ({ type: "Feature", properties, geometry: { type, coordinates } });

/** Return a ring of 64 corners, near enough to show a circle on the ground. */
function ring([lon, lat], metres) {
  const up = metres / 111320;
  const across = up / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: 65 }, (_, n) => {
    const turn = (n * Math.PI) / 32;
    return [lon + across * Math.sin(turn), lat + up * Math.cos(turn)];
  });
}

/** Return every corner in any GeoJSON. */
function corners(thing) {
  if (!thing) return [];
  if (thing.features) return thing.features.flatMap(corners);
  if (thing.geometry) return corners(thing.geometry);
  if (thing.geometries) return thing.geometries.flatMap(corners);
  const flat = (list) => (typeof list[0] === "number" ? [list] : list.flatMap(flat));
  return thing.coordinates?.length ? flat(thing.coordinates) : [];
}

function boundsOf(thing) {
  const all = corners(thing);
  if (!all.length) return null;
  const [lons, lats] = [all.map((corner) => corner[0]), all.map((corner) => corner[1])];
  const least = (list) => list.reduce((a, b) => Math.min(a, b));
  const most = (list) => list.reduce((a, b) => Math.max(a, b));
  return [least(lons), least(lats), most(lons), most(lats)];
}

async function fetched(address) {
  if (!address) return EMPTY;
  const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  return answer.ok ? answer.json() : EMPTY;
}

/** Return how dark an area is: by its fifth where there is one (0 to 4), else as given. */
const shaded = (plain) =>
  ["case", ["!", ["has", "shade"]], plain, ["==", ["get", "shade"], null], 0,
    ["interpolate", ["linear"], ["get", "shade"], 0, 0.12, 4, 0.9]];

function style() {
  const [green, ink, quiet, red] = ["--hc-green", "--hc-ink", "--hc-quiet", "--hc-red"].map(token);
  const source = (data = EMPTY) => ({ type: "geojson", data });
  const kind = (...kinds) => ["in", ["get", "kind"], ["literal", kinds]];
  const line = (id, from, filter, paint) => ({
    id, type: "line", source: from, ...(filter && { filter }), paint, layout: { "line-join": "round", "line-cap": "round" },
  });
  return {
    version: 8,
    sources: { areas: source(), ways: source(), barriers: source(), chosen: source(), drawn: source(), drawing: source(), point: source() },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": "#e6ece8" } },
      { id: "areas-fill", type: "fill", source: "areas", paint: { "fill-color": "#f7f9f7" } },
      line("areas-line", "areas", null, { "line-color": "#9fb0a6", "line-width": 1 }),
      line("river", "ways", kind("river"), { "line-color": "#7fa8c9", "line-width": 3 }),
      line("track", "ways", kind("track"), { "line-color": "#a89f8a", "line-width": 1, "line-dasharray": [3, 2] }),
      line("road", "ways", kind("road"), { "line-color": "#8d8368", "line-width": 1.6 }),
      line("barrier", "barriers", null, { "line-color": ink, "line-width": 3, "line-dasharray": [1, 1.2] }),
      { id: "chosen-fill", type: "fill", source: "chosen", paint: { "fill-color": green, "fill-opacity": shaded(0.22) } },
      line("chosen-line", "chosen", null, { "line-color": green, "line-width": ["case", ["has", "shade"], 0.6, 2.5] }),
      { id: "drawn-fill", type: "fill", source: "drawn", paint: { "fill-color": red, "fill-opacity": 0.16 } },
      line("drawn-line", "drawn", null, { "line-color": red, "line-width": 3 }),
      line("drawing-line", "drawing", null, { "line-color": red, "line-width": 3, "line-dasharray": [2, 1.5] }),
      {
        id: "drawing-corner", type: "circle", source: "drawing", filter: ["==", ["geometry-type"], "Point"],
        paint: { "circle-radius": 6, "circle-color": "#fff", "circle-stroke-color": red, "circle-stroke-width": 3 },
      },
      { id: "point-fill", type: "fill", source: "point", filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "fill-color": ink, "fill-opacity": 0.12 } },
      line("point-line", "point", ["==", ["geometry-type"], "Polygon"], { "line-color": quiet, "line-width": 1.5 }),
      { id: "point-dot", type: "circle", source: "point", filter: ["==", ["geometry-type"], "Point"],
        paint: { "circle-radius": 7, "circle-color": red, "circle-stroke-color": "#fff", "circle-stroke-width": 2.5 } },
    ],
  };
}

/** Names are ordinary elements: they need no font file, and a screen reader reads the table beside the map instead. */
function nameplates(library, map, names) {
  const shown = [];
  const rank = { town: 0, village: 1, bridge: 2, hamlet: 3 };
  const sorted = names.features.toSorted((a, b) => (rank[a.properties.kind] ?? 9) - (rank[b.properties.kind] ?? 9));
  function place() {
    for (const marker of shown.splice(0)) marker.remove();
    const taken = [];
    const view = map.getBounds();
    for (const { properties, geometry } of sorted) {
      if (shown.length >= 40) break;
      if (!view.contains(geometry.coordinates)) continue;
      const { x, y } = map.project(geometry.coordinates);
      const half = properties.name.length * 4 + 8;
      if (taken.some((other) => Math.abs(other.x - x) < other.half + half && Math.abs(other.y - y) < 20)) continue;
      taken.push({ x, y, half });
      const element = document.createElement("span");
      element.className = `hc-map__name hc-map__name--${properties.kind}`;
      element.textContent = properties.name;
      element.setAttribute("aria-hidden", "true");
      const marker = new library.Marker({ element, offset: [0, 14] }).setLngLat(geometry.coordinates).addTo(map);
      // The library makes every marker a button of its own; a name is none.
      for (const attribute of ["role", "aria-label", "tabindex"]) element.removeAttribute(attribute);
      shown.push(marker);
    }
  }
  map.on("moveend", place);
  place();
}

/** What the officer may draw: the text box that holds it, how its finished pieces lie in GeoJSON, how many corners. */
const DRAWN = {
  area: { type: "Polygon", many: "MultiPolygon", least: 3, closed: (corners) => [[...corners, corners[0]]],
    too_few: "An area needs at least three corners: click one more." },
  line: { type: "LineString", many: "MultiLineString", least: 2, closed: (corners) => corners,
    too_few: "A line needs at least two points: click one more." },
};

/** Let the officer draw areas and lines; each finished one goes into its text box as GeoJSON. */
function drawing(map, holder, ids) {
  const say = holder.querySelector("[data-map-say]");
  const button = (name) => holder.querySelector(`[data-map-do="${name}"]`);
  const starts = { area: button("start"), line: button("line") };
  // Asked for each time: the server may have sent the box anew.
  const box = (kind) => ids[kind] && document.getElementById(ids[kind]);
  let open = null;
  let kind = "area";

  function finished(of) {
    try {
      const shape = JSON.parse(box(of)?.value || "null");
      if (shape?.type === DRAWN[of].type) return [shape.coordinates];
      if (shape?.type === DRAWN[of].many) return shape.coordinates;
    } catch {
      // Grid references or something else typed by hand: the server reads it, the map leaves it alone.
    }
    return [];
  }
  function keep(of, pieces) {
    if (!box(of)) return;
    box(of).value = pieces.length ? JSON.stringify({ type: DRAWN[of].many, coordinates: pieces }) : "";
    box(of).closest("details")?.setAttribute("open", "");
    box(of).dispatchEvent(new Event("change", { bubbles: true }));
  }
  function show() {
    const areas = finished("area"), lines = finished("line");
    map.getSource("drawn").setData(collection([
      ...areas.map((rings) => feature("Polygon", rings)), ...lines.map((points) => feature("LineString", points)),
    ]));
    const parts = (open ?? []).map((corner) => feature("Point", corner));
    if (open?.length > 1) parts.push(feature("LineString", open));
    map.getSource("drawing").setData(collection(parts));
    for (const start of Object.values(starts)) if (start) start.hidden = open !== null;
    for (const name of ["finish", "undo", "corner", "cancel"]) button(name).hidden = open === null;
    button("clear").hidden = open !== null || !(box("area")?.value || box("line")?.value);
    holder.classList.toggle("hc-mapbox--drawing", open !== null);
    const said = [];
    if (areas.length) said.push(areas.length === 1 ? "One area is drawn." : `${areas.length} areas are drawn.`);
    if (lines.length) said.push(lines.length === 1 ? "One line is drawn." : `${lines.length} lines are drawn.`);
    say.textContent = open
      ? `Click each ${kind === "area" ? "corner of the area" : "point of the line"}. ${open.length} so far. Double-click, press Enter twice or choose Finish to end.`
      : said.join(" ");
  }
  function add(corner) {
    const here = [Number(corner.lng.toFixed(6)), Number(corner.lat.toFixed(6))];
    const last = open.at(-1);
    if (!last || last[0] !== here[0] || last[1] !== here[1]) open.push(here);
    show();
  }
  // Not before the library has seen the second click of the double-click that ended the drawing.
  const zoomAgain = () => setTimeout(() => open === null && map.doubleClickZoom.enable(), 400);
  function begin(what) {
    kind = what;
    open = [];
    map.doubleClickZoom.disable();
    map.getCanvas().focus();
    show();
  }
  const acts = {
    start() { begin("area"); },
    line() { begin("line"); },
    corner() { add(map.getCenter()); },
    undo() { open.pop(); show(); },
    cancel() { open = null; zoomAgain(); show(); starts[kind].focus(); },
    clear() { keep("area", []); keep("line", []); show(); (starts.area ?? starts.line).focus(); },
    finish() {
      const drawn = DRAWN[kind];
      if (open.length < drawn.least) { say.textContent = drawn.too_few; return; }
      const piece = drawn.closed(open);
      open = null;
      zoomAgain();
      keep(kind, [...finished(kind), piece]);
      show();
      starts[kind].focus();
    },
  };
  holder.addEventListener("click", (event) => {
    const name = event.target.closest("[data-map-do]")?.dataset.mapDo;
    if (name && acts[name]) acts[name]();
  });
  map.on("click", (event) => open && add(event.lngLat));
  map.on("dblclick", () => {
    if (!open) return;
    const last = open.at(-1), before = open.at(-2);
    // The second click of a double-click falls beside the first by a hair.
    if (last && before) {
      const [a, b] = [map.project(last), map.project(before)];
      if (Math.hypot(a.x - b.x, a.y - b.y) < 6) open.pop();
    }
    acts.finish();
  });
  map.getCanvas().addEventListener("keydown", (event) => {
    if (!open) return;
    if (event.key === "Escape") acts.cancel();
    else if (event.key === "Backspace") { event.preventDefault(); acts.undo(); }
    else if (event.key === "Enter") {
      // Finishing moves the focus to a button, which the same key would press.
      event.preventDefault();
      const centre = map.project(map.getCenter());
      const last = open.length ? map.project(open.at(-1)) : null;
      if (last && Math.hypot(last.x - centre.x, last.y - centre.y) < 3) acts.finish();
      else acts.corner();
    }
  });
  document.addEventListener("change", (event) => Object.values(ids).includes(event.target.id) && show());
  document.addEventListener("htmx:afterSettle", show);
  show();
}

/** Turn middles with a radius into rings; everything else stays as it is. */
const rounded = (features) =>
  features.map((one) =>
    one.properties?.radius_m ? feature("Polygon", [ring(one.geometry.coordinates, one.properties.radius_m)]) : one,
  );

/** Show the areas that are ticked in the form, and the shapes as the server understood them, cut by barriers. */
function following(map, holder, form) {
  let asked = null;
  async function follow() {
    const ids = [...form.querySelectorAll('input[name="areas"]:checked')].map((ticked) => ticked.value).sort().join(",");
    const drawn = [...form.querySelectorAll("[data-outline]")].map((one) => one.dataset.outline);
    const wanted = `${ids} ${drawn.join(" ")}`;
    if (wanted === asked) return;
    asked = wanted;
    const outlines = ids ? await fetched(`${holder.dataset.boundaries}?ids=${ids}`) : EMPTY;
    if (wanted !== asked) return;
    const understood = drawn.map((text) => ({ type: "Feature", properties: {}, geometry: JSON.parse(text) }));
    const shapes = collection([...outlines.features, ...understood]);
    map.getSource("chosen").setData(shapes);
    const bounds = boundsOf(shapes);
    if (bounds) map.fitBounds(bounds, { padding: 40, duration: 0, maxZoom: 13 });
  }
  form.addEventListener("change", follow);
  form.addEventListener("htmx:afterSettle", follow);
  follow();
}

async function start(holder) {
  const canvas = holder.querySelector("[data-map-canvas]");
  const library = await import(holder.dataset.library);
  library.setWorkerUrl(new URL(holder.dataset.worker, document.baseURI).href);
  holder.hidden = false;
  const map = new library.Map({
    container: canvas, style: style(), bounds: FALLBACK, attributionControl: false, dragRotate: false, pitchWithRotate: false,
    maxZoom: 17, locale: { "Map.Title": holder.dataset.title ?? "Map" },
    fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation?.();
  map.addControl(new library.ScaleControl({ unit: "imperial" }), "bottom-left");
  holder.addEventListener("click", (event) => {
    const name = event.target.closest("[data-map-zoom]")?.dataset.mapZoom;
    if (name === "in") map.zoomIn({ duration: 0 });
    if (name === "out") map.zoomOut({ duration: 0 });
    if (name === "all" && home) map.fitBounds(home, { padding: 24, duration: 0 });
  });
  let home = null;
  const [ground, barriers] = await Promise.all([
    fetched(holder.dataset.ground), fetched(holder.dataset.barriers), new Promise((ready) => map.once("load", ready)),
  ]);
  map.getSource("barriers").setData(barriers);
  map.getSource("areas").setData(ground.areas ?? EMPTY);
  map.getSource("ways").setData(ground.ways ?? EMPTY);
  home = boundsOf(ground.areas) ?? FALLBACK;
  map.fitBounds(home, { padding: 24, duration: 0 });
  if (ground.names) nameplates(library, map, ground.names);

  const { outline } = holder.dataset;
  const features = outline ? [JSON.parse(outline)] : holder.dataset.shown ? (await fetched(holder.dataset.shown)).features : [];
  const shown = features.length ? collection(rounded(features)) : EMPTY;
  map.getSource("chosen").setData(shown);
  const focus = boundsOf(shown);
  if (focus) map.fitBounds(focus, { padding: 32, duration: 0, maxZoom: 14 });

  if (holder.dataset.point) {
    const here = holder.dataset.point.split(",").map(Number);
    const about = Number(holder.dataset.uncertainty || 0);
    const parts = [feature("Point", here)];
    if (about > 0) parts.push(feature("Polygon", [ring(here, about)]));
    map.getSource("point").setData(collection(parts));
    const around = boundsOf(feature("Polygon", [ring(here, Math.max(about * 1.5, 1500))]));
    if (!focus && !holder.dataset.draws) map.fitBounds(around, { padding: 24, duration: 0 });
  }
  const form = holder.closest("form");
  if (form && holder.dataset.boundaries) following(map, holder, form);
  const { draws, drawsLine } = holder.dataset;
  if (draws || drawsLine) drawing(map, holder, { area: draws, line: drawsLine });
  holder.map = map;
  holder.dataset.ready = "yes";
}

for (const holder of document.querySelectorAll("[data-map]")) {
  start(holder).catch((fault) => {
    // No WebGL, or the library is missing: the text ways beside the map do the same.
    holder.hidden = true;
    console.warn("The map cannot be shown here.", fault);
  });
}
