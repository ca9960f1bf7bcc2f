// "Show alerts on this phone": the browser is asked only when the button is pressed; without this the page says what is
// needed. Everything that is said stands in the page, in the member's language.
const box = document.querySelector("[data-push]");
const form = box && box.querySelector("form");
const said = box && box.querySelector("[data-said]");

function say(what) {
  said.textContent = box.dataset[what];
}

function bytes(key) {
  const raw = atob(key.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (sign) => sign.charCodeAt(0));
}

// On an iPhone notifications come only to a page that was put on the home screen.
const apple = /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Mac/.test(navigator.platform) && navigator.maxTouchPoints > 1);
const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

async function press(event) {
  event.preventDefault();
  form.querySelector("button").disabled = true;
  say("asking");
  try {
    if ((await Notification.requestPermission()) !== "granted") {
      say("denied");
      return;
    }
    await navigator.serviceWorker.register(box.dataset.worker, { scope: box.dataset.scope });
    const there = await navigator.serviceWorker.ready;
    const old = await there.pushManager.getSubscription();
    const key = bytes(box.dataset.push);
    // One that was made for another key of ours takes nothing from us any more.
    const same = old && old.options.applicationServerKey && String(new Uint8Array(old.options.applicationServerKey)) === String(key);
    if (old && !same) await old.unsubscribe();
    const given = (same ? old : await there.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
    form.elements.endpoint.value = given.endpoint;
    form.elements.p256dh.value = given.keys.p256dh;
    form.elements.auth.value = given.keys.auth;
    form.submit();
  } catch {
    say("failed");
  } finally {
    form.querySelector("button").disabled = false;
  }
}

if (box) {
  if (!able) say(apple ? "iphone" : "unable");
  else if (Notification.permission === "denied") say("denied");
  else {
    say("ready");
    form.hidden = false;
    form.addEventListener("submit", press);
  }
}
