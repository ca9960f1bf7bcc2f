// Shows a member's alerts when their browser's maker brings one, and opens their page when it is pressed. It keeps
// nothing and touches no page: whatever else a member does goes past it.
const SHOWN = "/hooks/web-push/shown/";

function read(event) {
  try {
    return event.data.json();
  } catch {
    return {};
  }
}

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  const said = read(event);
  event.waitUntil(
    (async () => {
      // A browser takes away the right of whoever wakes it and shows nothing: so something is shown in any case.
      await self.registration.showNotification(said.title || self.location.hostname, {
        body: said.body || "",
        lang: said.lang || "",
        tag: said.tag || "alert",
        requireInteraction: said.urgent === true,
        data: { link: said.link || "" },
      });
      if (said.mark) await fetch(SHOWN, { method: "POST", body: said.mark, credentials: "omit" }).catch(() => {});
    })(),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  let page;
  try {
    page = new URL(event.notification.data.link);
  } catch {
    return;
  }
  // Only our own pages are opened, whatever stands in it.
  if (page.origin !== self.location.origin) return;
  // What was sent lately stands there, with how to answer.
  page.hash = "lately";
  event.waitUntil(
    (async () => {
      const open = await self.clients.matchAll({ type: "window" });
      const there = open.find((one) => one.url.split("#")[0] === page.href.split("#")[0]);
      if (!there) return self.clients.openWindow(page.href);
      // It may show what stood there before this alert.
      await there.navigate(page.href).catch(() => {});
      return there.focus();
    })(),
  );
});

self.addEventListener("pushsubscriptionchange", (event) => {
  const was = event.oldSubscription;
  if (!was) return;
  event.waitUntil(
    (async () => {
      const now = event.newSubscription || (await self.registration.pushManager.subscribe(was.options));
      await fetch("/push/moved/", {
        method: "POST",
        body: JSON.stringify({ was: was.endpoint, now }),
        headers: { "Content-Type": "application/json" },
        credentials: "omit",
      });
    })(),
  );
});
