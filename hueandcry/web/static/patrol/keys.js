// The key of the drafts (docs/adr/0016): random, in memory only while unlocked; on the phone it lies wrapped twice, by
// the PIN and by a key of this browser that cannot be taken out of it.
import * as store from "./store.js";

export const TRIES = 5;
export const ROUNDS = 700_000;
const AES = { name: "AES-GCM", length: 256 };
let inside = null;

const bytes = (many) => crypto.getRandomValues(new Uint8Array(many));
const written = (text) => new TextEncoder().encode(text);

async function fromPin(pin, salt, rounds) {
  const base = await crypto.subtle.importKey("raw", written(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return crypto.subtle.deriveKey(how, base, AES, false, ["encrypt", "decrypt"]);
}

export const works = () => Boolean(globalThis.crypto?.subtle && globalThis.indexedDB);
export const isOpen = () => inside !== null;
export const lock = () => store.get("lock", "key");

export async function make(pin, owner) {
  const raw = bytes(32);
  const device = await crypto.subtle.generateKey(AES, false, ["encrypt", "decrypt"]);
  const [salt, first, second] = [bytes(16), bytes(12), bytes(12)];
  const byPin = await crypto.subtle.encrypt({ name: "AES-GCM", iv: first }, await fromPin(pin, salt, ROUNDS), raw);
  const wrapped = await crypto.subtle.encrypt({ name: "AES-GCM", iv: second }, device, byPin);
  const row = { id: "key", device, salt, first, second, wrapped, rounds: ROUNDS, tries: 0, owner, used: Date.now() };
  await store.wipe();
  await store.put("lock", row);
  await take(raw);
}

// Returns how many tries are left; 0 means that everything is gone.
export async function open(pin) {
  const row = await store.change("lock", "key", (now) => ({ ...now, tries: now.tries + 1 }));
  if (!row) return { isOpen: false, left: 0 };
  if (row.tries > TRIES) {
    await forget();
    return { isOpen: false, left: 0 };
  }
  let raw;
  try {
    const byPin = await crypto.subtle.decrypt({ name: "AES-GCM", iv: row.second }, row.device, row.wrapped);
    const key = await fromPin(pin, row.salt, row.rounds);
    raw = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: row.first }, key, byPin));
  } catch {
    if (row.tries >= TRIES) await forget();
    return { isOpen: false, left: Math.max(0, TRIES - row.tries) };
  }
  await store.change("lock", "key", (now) => ({ ...now, tries: 0, used: Date.now() }));
  await take(raw);
  return { isOpen: true, left: TRIES };
}

async function take(raw) {
  inside = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  raw.fill(0);
}

export const close = () => {
  inside = null;
};

export async function forget() {
  inside = null;
  await store.wipe();
}

// A box opens only under the name under which it was sealed: two boxes cannot be exchanged.
export async function seal(name, what) {
  const iv = bytes(12);
  const how = { name: "AES-GCM", iv, additionalData: written(name) };
  return { iv, sealed: await crypto.subtle.encrypt(how, inside, written(JSON.stringify(what))) };
}

export async function unseal(name, row) {
  const how = { name: "AES-GCM", iv: row.iv, additionalData: written(name) };
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, inside, row.sealed)));
}
