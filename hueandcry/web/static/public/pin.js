// "Put a pin on a map" beside the box for a place. Nothing of it is loaded before it is pressed: the page stays light,
// and does the same without it by a postcode, a grid reference or a name.
const holder = document.querySelector("[data-pin]");
const box = holder && document.getElementById(holder.dataset.pin);

function element(name, className, words = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = words;
  return made;
}

function button(words, press) {
  const made = element("button", "govuk-button govuk-button--secondary hc-here", words);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}

function style({ areas, ways }) {
  const line = (id, source, colour, width) => ({ id, type: "line", source, paint: { "line-color": colour, "line-width": width } });
  const empty = { type: "FeatureCollection", features: [] };
  return {
    version: 8,
    sources: { areas: { type: "geojson", data: areas ?? empty }, ways: { type: "geojson", data: ways ?? empty } },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": "#e6ece8" } },
      { id: "areas", type: "fill", source: "areas", paint: { "fill-color": "#f7f9f7" } },
      line("borders", "areas", "#9fb0a6", 1),
      line("ways", "ways", "#8d8368", 1.5),
    ],
  };
}

async function open() {
  const words = holder.dataset;
  const [library, answer] = await Promise.all([import(words.library), fetch(words.ground)]);
  const ground = await answer.json();
  const look = element("link", "");
  look.rel = "stylesheet";
  look.href = words.look;
  document.head.append(look);
  library.setWorkerUrl(new URL(words.worker, document.baseURI).href);
  const canvas = element("div", "hc-map");
  const said = element("p", "govuk-body", words.how);
  said.setAttribute("role", "status");
  holder.replaceChildren(canvas, said);
  const map = new library.Map({
    container: canvas, style: style(ground), bounds: ground.box ?? [-6, 50, 2, 56], attributionControl: false,
    dragRotate: false, maxZoom: 16, fadeDuration: 0, locale: { "Map.Title": words.title },
  });
  for (const { properties, geometry } of ground.names?.features ?? []) {
    if (properties.kind === "bridge") continue;
    const name = element("span", "hc-map__name", properties.name);
    name.setAttribute("aria-hidden", "true");
    const marker = new library.Marker({ element: name }).setLngLat(geometry.coordinates).addTo(map);
    // The library makes every marker a button of its own; a name is none.
    for (const attribute of ["role", "aria-label", "tabindex"]) marker.getElement().removeAttribute(attribute);
  }
  let pin = null;
  function put(at) {
    pin ??= new library.Marker({ color: "#b3261e" });
    pin.setLngLat(at).addTo(map);
    box.value = `${at.lat.toFixed(5)}, ${at.lng.toFixed(5)}`;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    said.textContent = words.done;
  }
  map.on("click", (event) => put(event.lngLat));
  // For who has no mouse: the arrows move the map, this puts the pin in its middle.
  holder.append(button(words.middle, () => put(map.getCenter())));
  map.once("load", () => { holder.dataset.ready = "yes"; });
}

if (box) {
  const first = button(holder.dataset.words, async () => {
    first.disabled = true;
    try {
      await open();
    } catch (fault) {
      // No WebGL, or no signal for it.
      holder.replaceChildren(element("p", "govuk-body", holder.dataset.without));
      console.warn("The map cannot be shown here.", fault);
    }
  });
  holder.hidden = false;
  holder.append(first);
}
