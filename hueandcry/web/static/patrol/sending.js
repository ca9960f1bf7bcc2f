// Sends what waits, each thing once: the server knows every key, so asking again does no harm.
import * as keys from "./keys.js";
import * as store from "./store.js";

const FIRST_WAIT = 15_000;
const LONGEST_WAIT = 300_000;
const PATIENCE = 25_000;
let pause = FIRST_WAIT;
let timer = 0;
let isBusy = false;
let asksAgain = false;

async function ask(address, options = {}) {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(address, {
      redirect: "manual",
      credentials: "same-origin",
      cache: "no-store",
      signal: stop.signal,
      ...options,
    });
    if (answer.type === "opaqueredirect") return { state: "signed-out" };
    const words = await answer.json().catch(() => ({}));
    return { state: answer.ok ? "ok" : "refused", status: answer.status, words };
  } catch {
    return { state: "no-signal" };
  } finally {
    clearTimeout(late);
  }
}

export async function fetchPack(address) {
  const answer = await ask(address);
  if (answer.state === "refused") return { state: answer.status === 403 ? "shut" : "no-signal" };
  return answer.state === "ok" ? { state: "ok", pack: answer.words } : answer;
}

export const fetchJson = ask;

export const post = (address, token, what) =>
  ask(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(what),
  });

export async function signOut(app) {
  const got = await fetchPack(app.pack);
  if (got.state === "ok") return (await post(app.signOut, got.pack.token, {})).state !== "no-signal";
  return got.state !== "no-signal";
}

// One round: who is signed in, then every draft and visit that waits. Returns what happened, for the page to say.
export async function round(app) {
  if (isBusy) {
    asksAgain = true;
    return null;
  }
  isBusy = true;
  clearTimeout(timer);
  try {
    // Two tabs need not send the same thing twice, though it would do no harm.
    if (navigator.locks) return await navigator.locks.request("patrol-send", () => send(app));
    return await send(app);
  } finally {
    isBusy = false;
    plan(app);
  }
}

async function send(app) {
  const done = { state: "ok", sent: 0, calls: 0, mend: 0, doubts: 0, pack: null };
  if (!keys.isOpen()) return { ...done, state: "locked" };
  const got = await fetchPack(app.pack);
  if (got.state !== "ok") return { ...done, state: got.state };
  const lock = await keys.lock();
  if (!lock) return { ...done, state: "locked" };
  if (lock.owner !== got.pack.officer) return { ...done, state: "other" };
  done.pack = got.pack;
  const drafts = (await store.all("drafts")).filter((row) => row.state === "ready");
  for (const row of drafts) {
    if (!keys.isOpen()) return { ...done, state: "locked" };
    const state = await sendDraft(app, got.pack, row, done);
    if (state !== "ok") return { ...done, state };
  }
  for (const row of await store.all("visits")) {
    if (!keys.isOpen()) return { ...done, state: "locked" };
    const visit = await keys.unseal(row.id, row);
    const answer = await post(app.visits, got.pack.token, { ...visit, key: row.id, now: Date.now() });
    const state = whether(answer);
    if (state !== "ok") return { ...done, state };
    if (answer.state === "refused") done.refusedVisit = answer.words.say;
    await store.remove("visits", row.id);
    done.calls += 1;
  }
  pause = FIRST_WAIT;
  return done;
}

async function sendDraft(app, pack, row, done) {
  const words = await keys.unseal(row.id, row);
  // From here on it may have arrived, whatever we hear: it is not changed any more until there is an answer.
  const stays = await store.change("drafts", row.id, (now) => (now.state === "ready" ? { ...now, tried: true } : null));
  if (!stays) return "ok";
  const sent = { ...words, key: row.id, officer: pack.officer, now: Date.now() };
  const answer = await post(app.signUps, pack.token, sent);
  const state = whether(answer);
  if (state !== "ok") return state;
  if (answer.state === "ok") {
    await store.remove("drafts", row.id);
    done.sent += 1;
    if (answer.words.say) done.doubts += 1;
    return "ok";
  }
  const known = answer.status === 409;
  const back = { ...words, say: answer.words.say || "This could not be taken.", known: known ? answer.words.ref : "" };
  await store.put("drafts", {
    ...row,
    state: known ? "known" : "mend",
    tried: false,
    ...(await keys.seal(row.id, back)),
  });
  done.mend += 1;
  return "ok";
}

// What an answer means for the queue: "ok" goes on, with the answer taken or refused for good.
function whether(answer) {
  if (answer.state !== "refused") return answer.state;
  if (answer.status === 403) return answer.words.state === "other" ? "other" : "shut";
  return [400, 409, 422].includes(answer.status) ? "ok" : "no-signal";
}

// Asks again by itself, more and more seldom, while something waits: events alone are not to be relied on (iOS).
function plan(app) {
  clearTimeout(timer);
  if (asksAgain) {
    asksAgain = false;
    timer = setTimeout(app.send, 0);
    return;
  }
  timer = setTimeout(app.send, pause);
  pause = Math.min(pause * 2, LONGEST_WAIT);
}

export function hurry() {
  pause = FIRST_WAIT;
}
