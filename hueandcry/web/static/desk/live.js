// Keeps the parts of a page new while somebody looks: told by the server as it happens, else by asking every half minute.
// Without this the page is as good, and is counted again by its link.

const ASK_EVERY = 30_000;
// Who listens to the page hears a sentence now and then, not each second.
const SAY_EVERY = 10_000;

const live = document.getElementById("live");

function shades(text) {
  const map = document.querySelector("[data-map]")?.map;
  const source = map?.getSource("chosen");
  const data = source?.serialize().data;
  if (!data?.features?.length) return;
  const wanted = JSON.parse(text);
  for (const feature of data.features) feature.properties.shade = wanted[feature.properties.id] ?? null;
  source.setData(data);
}

function start(holder) {
  const state = holder.querySelector("[data-live-state]");
  const said = holder.querySelector("[data-live-said]");
  let spoken = 0, sentence = "", asking = null, source = null;

  const clock = () => new Date().toLocaleTimeString("en-GB");
  const speak = () => {
    if (!sentence || Date.now() - spoken < SAY_EVERY || said.textContent === sentence) return;
    spoken = Date.now();
    said.textContent = sentence;
  };
  setInterval(speak, 2_000);

  function put(parts) {
    for (const [name, made] of Object.entries(parts)) {
      if (name === "shades") shades(made);
      else if (name === "said") sentence = made;
      else {
        const part = holder.querySelector(`[data-live="${name}"]`);
        // Nothing is taken away from under a finger or a key: it comes with the next change.
        if (part && !part.contains(document.activeElement)) part.innerHTML = made;
      }
    }
  }

  async function ask() {
    try {
      const answer = await fetch(holder.dataset.parts, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (answer.redirected || !answer.ok) return ended();
      put(await answer.json());
      state.textContent = `Counted ${clock()}, again every half minute.`;
    } catch {
      state.textContent = `Not connected: these are old numbers. It tries again by itself.`;
    }
  }
  function ended() {
    source?.close();
    clearInterval(asking);
    state.textContent = "You are signed out, or may not see this any more. Load the page again.";
  }
  function by_asking() {
    if (asking) return;
    asking = setInterval(ask, ASK_EVERY);
    ask();
  }

  if (!window.EventSource) return by_asking();
  source = new EventSource(holder.dataset.stream);
  source.addEventListener("message", (event) => {
    clearInterval(asking);
    asking = null;
    put(JSON.parse(event.data));
    state.textContent = `Changed ${clock()}. It changes by itself.`;
    holder.dataset.told = "yes";
  });
  source.addEventListener("over", ended);
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) by_asking();
    else state.textContent = `Not connected since ${clock()}: it tries again by itself.`;
  });
}

if (live) start(live);
