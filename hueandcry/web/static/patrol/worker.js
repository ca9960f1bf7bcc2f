// Keeps the app's shell so that it opens without signal. SHELL comes before this line: version, front page, what to keep.
// Nothing personal passes through here: drafts, answers and lists are never kept by it.
const CACHE = `patrol-${SHELL.version}`;

async function keep(cache, address) {
  const answer = await fetch(address, { cache: "reload", credentials: "same-origin" });
  // A session that has ended answers with the sign-in page, which must never stand in for the app.
  if (!answer.ok || answer.redirected) throw new Error(`not kept: ${address}`);
  await cache.put(address, answer);
}

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await Promise.all(SHELL.kept.map((address) => keep(cache, address)));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith("patrol-") && name !== CACHE) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  const isFront = event.request.mode === "navigate" && address.pathname === SHELL.front;
  if (!isFront && !SHELL.kept.includes(address.pathname)) return;
  event.respondWith(
    (async () => {
      const cache = await caches.open(CACHE);
      return (await cache.match(isFront ? SHELL.front : address.pathname)) || fetch(event.request);
    })(),
  );
});

// Where there is Background Sync it wakes the open app a little earlier; the key is in the app, so it cannot do more.
self.addEventListener("sync", (event) => {
  if (event.tag !== "send") return;
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((pages) => pages.forEach((page) => page.postMessage("send"))),
  );
});
