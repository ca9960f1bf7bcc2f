// The officer's phone: opens, locks, writes down, sends. One page, four views.
import * as draft from "./draft.js";
import * as keys from "./keys.js";
import * as sending from "./sending.js";
import * as store from "./store.js";
import * as street from "./street.js";

const root = document.getElementById("patrol");
const HOURS = Number(root.dataset.hours);
const LIVES = HOURS * 3_600_000;
const LOCKS_AFTER = 5 * 60_000;
const MOST_DOORS = 400;
const MOST_HOUSES = 2_000;
const FRESH = 60_000;
const PIN = /^.{6,40}$/;
const el = (id) => document.getElementById(id);
const app = { ...root.dataset, send };
let pack = null;
let open = null; // key of the draft in the form
let fetched = { at: 0, doors: [], houses: [] };
let hiddenAt = 0;
let isLost = false; // nobody answered the last time, whatever the phone believes of its signal
let saving = Promise.resolve();
let typing = 0;
let counted = 0;

// ---------------------------------------------------------------- what is shown

function view(name) {
  for (const section of root.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== name;
  root.dataset.now = name;
  root.querySelector(`[data-view="${name}"] h1`).focus({ preventScroll: true });
  scrollTo(0, 0);
}

function say(words, isBad = false) {
  el("say").textContent = words;
  el("say").classList.toggle("hc-patrol__say--bad", isBad);
  if (words) el("say").scrollIntoView({ block: "nearest" });
}

const times = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

async function signal() {
  const drafts = await store.all("drafts");
  const waits = drafts.filter((row) => row.state === "ready").length + (await store.all("visits")).length;
  const state = isLost || !navigator.onLine ? "No signal." : "";
  el("signal").textContent = [state, waits ? `${waits} to send.` : ""].filter(Boolean).join(" ");
}

function waitFor(words, withSignIn = false) {
  el("wait").textContent = words;
  el("wait-sign-in").hidden = !withSignIn;
  view("wait");
}

// ---------------------------------------------------------------- opening, locking, forgetting

async function start() {
  root.hidden = false;
  if (!keys.works()) {
    waitFor("This browser cannot lock drafts. Use the phone’s own browser, up to date, by https.");
    return;
  }
  keepShell();
  await expire();
  const lock = await keys.lock();
  if (lock) {
    await showLocked();
    return;
  }
  if ((await store.get("kept", "leaving")) && !(await finishLeaving())) {
    waitFor("Signed out: everything here is wiped. When signal returns, the sign-in ends too.");
    return;
  }
  const got = await sending.fetchPack(app.pack);
  if (got.state === "ok") {
    pack = got.pack;
    view("choose");
  } else if (got.state === "signed-out") waitFor("Sign in to begin.", true);
  else if (got.state === "shut") waitFor("Your account may not sign households up. Ask whoever runs the service.");
  else waitFor("No signal. Open this once with signal: after that it works without.");
}

async function keepShell() {
  try {
    await navigator.serviceWorker.register(app.worker, { scope: app.front });
    navigator.storage?.persist?.();
  } catch {
    // Without a service worker it opens with signal only; drafts are safe all the same.
  }
}

async function showLocked() {
  const drafts = await store.all("drafts");
  el("locked-waits").textContent = drafts.length
    ? `${times(drafts.length, "household")} here, locked. Unlock to send.`
    : "Nothing waits here.";
  el("pin").value = "";
  view("locked");
  el("pin").focus();
}

async function lockNow() {
  if (!keys.isOpen()) return;
  if (open) await save();
  await saving;
  keys.close();
  pack = null;
  open = null;
  fetched = { at: 0, doors: [], houses: [] };
  draft.clear();
  for (const id of ["doors", "drafts", "houses"]) el(id).replaceChildren();
  for (const id of ["street-postcode", "street-door"]) el(id).value = "";
  say("");
  await showLocked();
}

// What is over its time goes, with a sentence; so does everything when nobody has unlocked it for as long.
async function expire() {
  const now = Date.now();
  const lock = await keys.lock();
  const drafts = await store.all("drafts");
  if (lock && now - lock.used > LIVES && !keys.isOpen()) {
    await keys.forget();
    if (drafts.length) say(`${times(drafts.length, "household")} not sent within ${HOURS} hours: wiped. Call there again.`, true);
    return;
  }
  let gone = 0;
  for (const shelf of ["drafts", "visits", "kept"]) {
    for (const row of await store.all(shelf)) {
      if (!row.ends) continue;
      // A clock that was ahead and was put right must not keep a draft for longer.
      if (row.ends > now + LIVES) await store.change(shelf, row.id, (is) => ({ ...is, ends: now + LIVES }));
      if (row.ends > now) continue;
      await store.remove(shelf, row.id);
      if (shelf === "drafts") gone += 1;
      if (row.id === open) {
        open = null;
        draft.clear();
        view("street");
      }
    }
  }
  if (gone) say(`${times(gone, "household")} not sent within ${HOURS} hours: wiped. Call there again.`, true);
}

async function signOut() {
  open = null;
  keys.close();
  await saving.catch(() => {});
  await keys.forget();
  draft.clear();
  pack = null;
  await store.put("kept", { id: "leaving" });
  if (await finishLeaving()) location.assign(app.signIn);
  else waitFor("Signed out: everything here is wiped. When signal returns, the sign-in ends too.");
}

async function finishLeaving() {
  if (!(await sending.signOut(app))) return false;
  await store.remove("kept", "leaving");
  return true;
}

async function entered() {
  const row = await store.get("kept", "pack");
  if (!pack && row) pack = await keys.unseal("pack", row);
  const doors = await store.get("kept", "street");
  if (doors) fetched = await keys.unseal("street", doors);
  if (fetched.postcode) el("street-postcode").value = fetched.postcode;
  view("street");
  await showStreet();
  await send();
}

async function keep(id, what) {
  if (keys.isOpen()) await store.put("kept", { id, ends: Date.now() + LIVES, ...(await keys.seal(id, what)) });
}

// ---------------------------------------------------------------- sending

const STATES = {
  "signed-out": (n) => (n ? `Sign in to send ${times(n, "draft")}.` : "Sign in to send."),
  other: () => "These drafts belong to another officer. They must sign in on this phone to send them.",
  shut: () => "Your account may not send these. Ask whoever runs the service.",
};

async function send() {
  await expire();
  if (await store.get("kept", "leaving")) {
    if (await finishLeaving()) location.assign(app.signIn);
    return;
  }
  if (!keys.isOpen()) {
    if (["street", "draft"].includes(root.dataset.now)) location.reload();
    return;
  }
  if (!(await stillOurs())) return;
  const done = await sending.round(app);
  if (!done) return;
  if (done.pack) {
    pack = done.pack;
    await keep("pack", pack);
  }
  if (done.sent) {
    counted += done.sent;
    const doubt = done.doubts ? " The phone’s clock is off: set its date and time." : "";
    say(`${times(counted, "household")} sent.${doubt}`);
  }
  if (done.mend) say(`${times(done.mend, "household")} could not be taken: look below.`, true);
  if (done.refusedVisit) say(`A call was not taken: ${done.refusedVisit}`, true);
  if (open && !(await store.get("drafts", open))) open = null;
  const waits = (await store.all("drafts")).filter((row) => row.state === "ready").length;
  const words = STATES[done.state]?.(waits);
  isLost = done.state === "no-signal";
  await signal();
  el("sign-in-note")?.remove();
  if (words) {
    const note = document.createElement("p");
    note.id = "sign-in-note";
    note.className = "govuk-inset-text";
    note.append(words);
    if (done.state === "signed-out") note.append(" ", link(`${app.signIn}?next=${app.front}`, "Sign in"));
    el("drafts").before(note);
  }
  if (root.dataset.now === "street") await showStreet();
  if (done.state === "ok" && (done.sent || done.calls || Date.now() - fetched.at > FRESH)) await fetchStreet();
}

function link(address, words) {
  const made = document.createElement("a");
  made.className = "govuk-link";
  made.href = address;
  made.textContent = words;
  return made;
}

// ---------------------------------------------------------------- the street

async function showStreet() {
  if (!keys.isOpen()) return;
  const waiting = [];
  for (const row of await store.all("visits")) waiting.push(await keys.unseal(row.id, row));
  const rows = (await store.all("drafts")).sort((a, b) => a.ends - b.ends);
  const cards = [];
  for (const row of rows) {
    const words = await keys.unseal(row.id, row);
    cards.push(card(row, words));
    if (row.state === "ready" && words.house && words.postcode) {
      waiting.push({ door: words.house, postcode: words.postcode, state: "registered", said: words.said });
    }
  }
  const heading = document.createElement("h2");
  heading.className = "govuk-heading-m";
  heading.textContent = "Not sent yet";
  el("drafts").replaceChildren(...(cards.length ? [heading, ...cards] : []));
  street.offer(el("houses"), fetched.houses ?? [], el("street-postcode").value);
  const now = Date.now();
  const lines = street.together(fetched.doors, waiting, el("street-postcode").value, now);
  street.show(el("doors"), lines, el("street-postcode").value, now - (fetched.skew ?? 0));
  const when = fetched.at ? `As of ${new Date(fetched.at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}.` : "";
  el("doors-when").textContent = lines.length ? when : `No door yet. ${when}`;
  await signal();
}

function card(row, words) {
  const box = document.createElement("div");
  box.className = `hc-card${["mend", "known"].includes(row.state) ? " hc-card--now" : ""}`;
  const title = document.createElement("p");
  title.className = "hc-card__title";
  title.textContent = words.house || "No house yet";
  const line = document.createElement("p");
  line.className = "hc-card__line";
  line.textContent = { open: "Not finished.", ready: "Waits to be sent." }[row.state] ?? words.say;
  box.append(title, line);
  if (row.state === "known" && words.known) {
    box.append(button("Add this place to them", () => again(row, { ...words, add_to: words.known })));
    box.append(button("Somebody else who shares the phone", () => again(row, { ...words, shared: true, add_to: "" })));
  }
  if (!row.tried) box.append(button(row.state === "mend" ? "Mend" : "Open", () => openDraft(row.id)));
  return box;
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "govuk-button govuk-button--secondary";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

async function again(row, words) {
  await store.put("drafts", { ...row, state: "ready", tried: false, ...(await keys.seal(row.id, words)) });
  await showStreet();
  sending.hurry();
  await send();
}

// The next door is in the same street, also after the app was closed.
async function rememberStreet() {
  const postcode = el("street-postcode").value;
  if (postcode === fetched.postcode) return;
  fetched = { ...fetched, postcode };
  await keep("street", fetched);
}

async function fetchStreet(here = null) {
  const postcode = street.plain(el("street-postcode").value);
  if (!postcode && !here) return;
  const asked = here ? `lat=${here.lat.toFixed(4)}&lon=${here.lon.toFixed(4)}` : `postcode=${encodeURIComponent(postcode)}`;
  const answer = await sending.fetchJson(`${app.street}?${asked}`);
  if (here && answer.state !== "ok") say("No signal: give the postcode of this street.", true);
  if (answer.state !== "ok" || !keys.isOpen()) return;
  const others = fetched.doors.filter((line) => !here && line.postcode !== postcode);
  const doors = [...answer.words.doors, ...others].slice(0, MOST_DOORS);
  // The streets that were asked for with signal can be picked from without it.
  const code = answer.words.postcode || postcode;
  const elsewhere = (fetched.houses ?? []).filter((house) => house.postcode !== code);
  const houses = [...answer.words.houses, ...elsewhere].slice(0, MOST_HOUSES);
  if (here && answer.words.postcode) {
    el("street-postcode").value = answer.words.postcode.replace(/(.{3})$/, " $1");
    say("The nearest postcode is filled in: check it.");
  } else if (here) say("No postcode is near. Give the postcode of this street.");
  const skew = Date.now() - answer.words.now;
  fetched = { at: Date.now(), skew, doors, houses, postcode: el("street-postcode").value };
  await keep("street", fetched);
  if (root.dataset.now === "street") await showStreet();
}

async function call(state) {
  if (!(await stillOurs())) return null;
  const [postcode, door] = [el("street-postcode"), el("street-door")];
  if (!postcode.value.trim()) return complain(postcode, "Give the postcode of this street first.");
  if (!door.value.trim()) return complain(door, "Write the number or name of the house first.");
  const id = crypto.randomUUID();
  await rememberStreet();
  const visit = { state, postcode: postcode.value.trim(), door: door.value.trim(), said: Date.now() };
  await store.put("visits", { id, ends: Date.now() + LIVES, ...(await keys.seal(id, visit)) });
  door.value = "";
  const hidden = street.isHidden(visit, Date.now());
  say(`${visit.door}: written down.${hidden ? ` Hidden from everybody until 18:00${new Date().getHours() < 18 ? "" : " tomorrow"}.` : ""}`);
  await showStreet();
  sending.hurry();
  return send();
}

function complain(field, words) {
  say(words, true);
  field.focus();
  field.closest("details")?.setAttribute("open", "");
  return null;
}

const whereAmI = () =>
  new Promise((resolve, reject) => {
    const options = { enableHighAccuracy: true, timeout: 20_000, maximumAge: 10_000 };
    if (!navigator.geolocation) reject(new Error("none"));
    else navigator.geolocation.getCurrentPosition(resolve, reject, options);
  }).then(({ coords }) => ({ lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy }));

// ---------------------------------------------------------------- one household

// Signed out in another tab meanwhile: nothing more may be written under a key that is gone.
async function stillOurs() {
  if (await keys.lock()) return true;
  keys.close();
  location.reload();
  return false;
}

async function newDraft() {
  if (!(await stillOurs())) return;
  await rememberStreet();
  const id = crypto.randomUUID();
  const words = draft.empty(pack, el("street-door").value.trim(), el("street-postcode").value.trim());
  await store.put("drafts", { id, ends: Date.now() + LIVES, state: "open", ...(await keys.seal(id, words)) });
  el("street-door").value = "";
  await openDraft(id);
}

async function openDraft(id) {
  // Taken back out of the queue first, unless it is just going out.
  const row = await store.change("drafts", id, (now) => (now.tried ? null : { ...now, state: "open" }));
  if (!row) return;
  const words = await keys.unseal(id, row);
  open = id;
  say("");
  draft.fill(pack, words);
  street.offer(el("houses"), fetched.houses ?? [], words.postcode);
  const mend = document.createElement("p");
  mend.className = "govuk-error-message";
  mend.textContent = words.say ?? "";
  el("draft-mend").replaceChildren(...(words.say ? [mend] : []));
  asked = draft.readOut();
  view("draft");
}

let asked = "";

function changed(event) {
  const now = draft.readOut();
  // They agreed to what was read out; when that changes, it is read out again.
  if (now !== asked && el("agreed").checked && event.target.id !== "agreed") {
    el("agreed").checked = false;
    say("What they agreed to has changed: read it out again.");
  }
  asked = now;
  if (event.target.id === "agreed" && el("agreed").checked) draft.note({ said: Date.now() });
  clearTimeout(typing);
  typing = setTimeout(save, 300);
}

function save(state = "open") {
  clearTimeout(typing);
  if (!open || !keys.isOpen()) return saving;
  const [id, words] = [open, draft.read()];
  if (state === "ready") delete words.say;
  saving = saving
    .catch(() => {})
    .then(async () => {
      const box = await keys.seal(id, words);
      await store.change("drafts", id, (now) => ({ ...now, state, tried: false, ...box }));
    });
  return saving;
}

async function leaveDraft(state) {
  await save(state);
  open = null;
  draft.clear();
  view("street");
  await showStreet();
}

async function finish() {
  const words = draft.read();
  const fault = draft.missing(words);
  if (fault) return complain(el(fault[0]), fault[1]);
  await leaveDraft("ready");
  say(`${words.house}: kept. It is sent when there is signal.`);
  globalThis.navigator.serviceWorker?.ready?.then((there) => there.sync?.register("send")).catch(() => {});
  sending.hurry();
  return send();
}

async function drop() {
  const id = open;
  open = null;
  clearTimeout(typing);
  await saving.catch(() => {});
  await store.remove("drafts", id);
  draft.clear();
  view("street");
  say("Thrown away.");
  await showStreet();
}

// ---------------------------------------------------------------- what can be pressed

const ACTS = {
  wipe: async () => {
    await keys.forget();
    location.reload();
  },
  lock: lockNow,
  "sign-out": signOut,
  later: () => leaveDraft("open"),
  drop,
  place: () => {
    if (draft.addPlace()) el("places").lastElementChild.querySelector("select").focus();
    else say("Five further places at most; the others can be added at the desk.");
  },
  here: async () => {
    try {
      draft.setHere(await whereAmI());
      await save();
    } catch {
      complain(el("postcode"), "The phone does not know where it is. Give the postcode.");
    }
  },
  "here-street": async () => {
    try {
      await fetchStreet(await whereAmI());
    } catch {
      complain(el("street-postcode"), "The phone does not know where it is. Give the postcode.");
    }
  },
};

function submits(id, act) {
  el(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act().catch(failed);
  });
}

function failed(fault) {
  console.error(fault);
  say("Something went wrong on this phone. Close the app and open it again; what was kept is still here.", true);
}

submits("choose", async () => {
  const pin = el("pin-new").value;
  if (!PIN.test(pin)) return complain(el("pin-new"), "Choose at least six figures or letters.");
  if (/^(.)\1+$/.test(pin) || "01234567890 09876543210".includes(pin)) {
    return complain(el("pin-new"), "That is guessed at once. Choose another.");
  }
  if (pin !== el("pin-again").value) return complain(el("pin-again"), "The two are not the same. Type it again.");
  say("");
  await keys.make(pin, pack.officer);
  el("pin-new").value = el("pin-again").value = "";
  await keep("pack", pack);
  return entered();
});

submits("unlock", async () => {
  const pin = el("pin").value;
  el("pin").value = "";
  if (!pin) return complain(el("pin"), "Type the PIN.");
  say("");
  const tried = await keys.open(pin);
  if (tried.isOpen) return entered();
  if (tried.left) return complain(el("pin"), `Wrong PIN. ${tried.left === 1 ? "One try is" : `${tried.left} tries are`} left, then everything here is wiped.`);
  say("Wrong five times: everything that was not sent is wiped.", true);
  return start();
});

submits("street", newDraft);
submits("draft", finish);
el("postcode").addEventListener("change", () => street.offer(el("houses"), fetched.houses ?? [], el("postcode").value));
el("draft").addEventListener("input", changed);
el("street-postcode").addEventListener("change", () => {
  rememberStreet().then(showStreet).then(() => fetchStreet()).catch(failed);
});
root.addEventListener("click", (event) => {
  const pressed = event.target.closest("button");
  if (pressed?.dataset.do) Promise.resolve(ACTS[pressed.dataset.do]()).catch(failed);
  if (pressed?.dataset.call) call(pressed.dataset.call).catch(failed);
});

function hurry() {
  sending.hurry();
  send().catch(failed);
}

addEventListener("online", hurry);
addEventListener("offline", () => signal().catch(failed));
addEventListener("pageshow", (event) => event.persisted && hurry());
navigator.serviceWorker?.addEventListener("message", (event) => event.data === "send" && hurry());

let locksAt = 0;
document.addEventListener("visibilitychange", () => {
  clearTimeout(locksAt);
  if (document.hidden) {
    hiddenAt = Date.now();
    if (open) save();
    locksAt = setTimeout(() => lockNow().catch(failed), LOCKS_AFTER);
  } else if (hiddenAt && Date.now() - hiddenAt >= LOCKS_AFTER) lockNow().catch(failed);
  else hurry();
});

start().catch(failed);
