// The form of one household: fills it, reads it, shows the words to be read out.
import { suggest } from "./mailboxes.js";

const lists = document.getElementById("patrol").dataset;
const [COMMON, REAL] = [lists.common.split(" "), lists.real.split(" ")];
// 01, 02 and 03, with or without +44.
const LANDLINE = /^(?:(?:\+|00)44\(?0?\)?|0)[123]/;
const form = document.getElementById("draft");
const TEXTS = ["house", "postcode", "name", "mobile", "landline", "email", "language"];
const TICKS = ["by_post", "shared", "agreed"];
const LISTS = ["purposes", "organisations", "topics", "schemes"];
const NUMBERS = ["organisations", "topics", "schemes"];
const MOST_PLACES = 5;
// Beyond this the phone's own position says less than the postcode.
const EXACT_ENOUGH = 100;
let pack = null;
let here = null;
let kept = {};
let doubted = "";

export function empty(officerPack, house, postcode) {
  return {
    house,
    postcode,
    here: null,
    name: "",
    mobile: "",
    landline: "",
    email: "",
    by_post: false,
    shared: false,
    agreed: false,
    places: [],
    purposes: ["alert"],
    organisations: officerPack.organisations.slice(0, 1).map((one) => one.id),
    topics: [],
    schemes: [],
    language: "en",
    wording: officerPack.wording,
    said: Date.now(),
  };
}

export function fill(officerPack, words) {
  pack = officerPack;
  form.reset();
  for (const list of ["organisations", "topics", "schemes"]) offer(list, pack[list]);
  for (const group of ["topics", "schemes"]) document.getElementById(group).hidden = !pack[group].length;
  document.getElementById("places").replaceChildren();
  for (const name of TEXTS) form.elements[name].value = words[name] ?? "";
  for (const name of TICKS) form.elements[name].checked = Boolean(words[name]);
  for (const name of LISTS) {
    for (const box of boxes(name)) box.checked = words[name].map(String).includes(box.value);
  }
  words.places.forEach(addPlace);
  document.getElementById("more").open = Boolean(
    words.landline || words.email || words.by_post || words.places.length || words.topics.length || words.schemes.length,
  );
  // New words since: they are read out anew.
  if (words.wording !== pack.wording) form.elements.agreed.checked = false;
  kept = words;
  doubted = "";
  setHere(words.here);
  readOut();
}

export function read() {
  const words = { ...kept };
  for (const name of TEXTS) words[name] = form.elements[name].value.trim();
  for (const name of TICKS) words[name] = form.elements[name].checked;
  for (const name of LISTS) {
    const chosen = boxes(name).filter((box) => box.checked);
    words[name] = chosen.map((box) => (NUMBERS.includes(name) ? Number(box.value) : box.value));
  }
  words.places = [...document.querySelectorAll("#places > div")].map((lines) => {
    const part = (name) => lines.querySelector(`[data-part="${name}"]`).value.trim();
    return { use: part("use"), name: part("name"), postcode: part("postcode") };
  });
  words.here = here;
  words.wording = pack.wording;
  kept = words;
  return words;
}

export function clear() {
  form.reset();
  document.getElementById("places").replaceChildren();
  document.getElementById("wording").replaceChildren();
  document.getElementById("draft-mend").replaceChildren();
  kept = {};
  setHere(null);
}

export const note = (more) => Object.assign(kept, more);

// What is missing, in words; null when it can be sent.
export function missing(words) {
  if (!words.house) return ["house", "Write the number or name of the house, as on the gate."];
  if (!words.postcode && !words.here) return ["postcode", "Give the postcode, or press Here at the door."];
  if (!words.postcode && words.here.accuracy > EXACT_ENOUGH) {
    return ["postcode", "The phone does not know its place well enough: give the postcode as well."];
  }
  if (!ways(words).length) return ["mobile", "Add a way to reach them: a mobile, a landline, an e-mail address or the letterbox."];
  if (LANDLINE.test(words.mobile.replace(/[\s().-]/g, ""))) {
    return ["mobile", "This is a landline, which takes no texts: write it below, under Other ways, for phone calls."];
  }
  const meant = suggest(words.email, COMMON, REAL);
  // Said once: who presses Done again knows better.
  if (meant && doubted !== words.email) {
    doubted = words.email;
    return ["email", `Did you mean ${meant}? Put it right, or press Done again if it is right as it stands.`];
  }
  if (words.by_post && !words.postcode) return ["postcode", "Give the postcode: the printed sheet goes to the letterbox."];
  if (words.places.some((place) => !place.postcode)) {
    return ["more", "Give the postcode of the other place, or take it off."];
  }
  if (!words.purposes.length) return ["purpose-alert", "Tick what they want to hear."];
  if (!words.organisations.length) return ["purpose-alert", "Tick from whom they want to hear."];
  if (!words.agreed) return ["agreed", "Read the words out and tick that they agreed: without a yes nothing may be sent."];
  return null;
}

function ways(words) {
  const given = [
    [words.mobile, "text"],
    [words.landline, "phone call"],
    [words.email, "e-mail"],
    [words.by_post, "printed sheet"],
  ];
  return given.filter(([is]) => is).map(([, way]) => way);
}

export function readOut() {
  const words = read();
  const label = (box) => form.querySelector(`label[for="${box.id}"]`).textContent;
  const kinds = boxes("purposes").filter((box) => box.checked).map(label);
  const lines = [];
  for (const one of pack.organisations.filter((each) => words.organisations.includes(each.id))) {
    lines.push(line(one.words));
  }
  lines.push(line(`This kind: ${kinds.join(", ") || "nothing is ticked yet"}.`));
  lines.push(line(`This way: ${ways(words).join(", ") || "no number or address yet"}.`));
  document.getElementById("wording").replaceChildren(...lines);
  return JSON.stringify([words.organisations, words.purposes, ways(words)]);
}

export function setHere(spot) {
  here = spot;
  const about = spot ? Math.max(1, Math.round(spot.accuracy)) : 0;
  const poor = spot && spot.accuracy > EXACT_ENOUGH ? " Give the postcode as well." : "";
  document.getElementById("here-says").textContent = spot ? `The place is known to ${about} metres.${poor}` : "";
}

export function addPlace(given = {}) {
  const places = document.getElementById("places");
  if (places.children.length >= MOST_PLACES) return false;
  const lines = document.getElementById("place-lines").content.firstElementChild.cloneNode(true);
  const own = crypto.randomUUID();
  for (const label of lines.querySelectorAll("label")) {
    const field = label.nextElementSibling;
    field.id = `${field.dataset.part}-${own}`;
    label.htmlFor = field.id;
    if (given[field.dataset.part]) field.value = given[field.dataset.part];
  }
  lines.querySelector('[data-part="off"]').addEventListener("click", () => {
    lines.remove();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  places.append(lines);
  return true;
}

const boxes = (name) => [...form.querySelectorAll(`input[name="${name}"]`)];

function line(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

function offer(list, choices) {
  const lines = choices.map((choice) => {
    const item = document.createElement("div");
    item.className = "govuk-checkboxes__item";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.className = "govuk-checkboxes__input";
    box.name = list;
    box.value = choice.id;
    box.id = `${list}-${choice.id}`;
    const label = document.createElement("label");
    label.className = "govuk-label govuk-checkboxes__label";
    label.htmlFor = box.id;
    label.textContent = choice.name;
    item.append(box, label);
    return item;
  });
  form.querySelector(`[data-list="${list}"]`).replaceChildren(...lines);
}
