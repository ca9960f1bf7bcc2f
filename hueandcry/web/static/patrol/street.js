// The doors of a street that were called at, from the last time there was signal, and what this phone has done since.
const WORDS = {
  declined: "Declined",
  visited: "Visited",
  registered: "Registered",
  not_in: "Not in, earlier: try now",
};
const EVENING = 18;
const RECENT = 30 * 60_000;

const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = (ms) => new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
export const plain = (postcode) => postcode.replace(/\s/g, "").toUpperCase();

// Who was not in is hidden until 18:00, on the phone that wrote it down too.
export function isHidden(visit, now) {
  if (visit.state !== "not_in") return false;
  const evening = new Date(visit.said);
  evening.setHours(EVENING, 0, 0, 0);
  if (visit.said >= evening.getTime()) evening.setDate(evening.getDate() + 1);
  return now < evening.getTime();
}

export function together(fetched, waiting, postcode, now) {
  const wanted = plain(postcode);
  const doors = new Map();
  const name = (line) => `${line.postcode} ${line.door.toLowerCase()}`;
  for (const line of fetched) if (!wanted || line.postcode === wanted) doors.set(name(line), line);
  for (const visit of waiting) {
    const line = { ...visit, postcode: plain(visit.postcode), at: visit.said, by: "", waits: true };
    if (wanted && line.postcode !== wanted) continue;
    if (isHidden(visit, now)) doors.delete(name(line));
    else doors.set(name(line), line);
  }
  const number = (line) => Number.parseInt(line.door, 10) || 1e6;
  return [...doors.values()].sort((a, b) => number(a) - number(b) || a.door.localeCompare(b.door));
}

export function show(list, lines, postcode, now) {
  const whole = (code) => (code === plain(postcode) ? "" : ` ${code.replace(/(.{3})$/, " $1")}`);
  list.replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement("li");
      item.className = "hc-patrol__door";
      const door = document.createElement("strong");
      door.textContent = line.door;
      item.append(door, `${whole(line.postcode)}: ${said(line, now)}`);
      return item;
    }),
  );
}

// The houses of a postcode to pick from, where the force has a list; any other can be written all the same.
export function offer(list, houses, postcode) {
  const here = houses.filter((house) => house.postcode === plain(postcode));
  list.replaceChildren(
    ...here.map((house) => {
      const choice = document.createElement("option");
      choice.value = house.door;
      choice.label = house.line;
      return choice;
    }),
  );
}

function said(line, now) {
  if (line.by && now - line.at < RECENT) return `${WORDS[line.state]} at ${clock(line.at)} by ${line.by}.`;
  if (line.state === "declined") {
    return line.until ? `Declined. Do not call until ${day(line.until)}.` : "Declined. Do not call for a year.";
  }
  return `${WORDS[line.state]}, ${day(line.at)}${line.waits ? " (waits to be sent)" : ""}.`;
}
