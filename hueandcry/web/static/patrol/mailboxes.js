// An e-mail address that looks mistyped, while somebody is still there to ask: gmial.com is gmail.com.
// The same as members.rules.mailboxes, which knows the lists; a test holds the two together.
const SHORT = 8;
const FURTHEST = 2;

// Damerau and Levenshtein: letters put in, left out, exchanged, or swapped with the next.
function distance(one, other) {
  const rows = [[...Array(other.length + 1).keys()]];
  for (let i = 1; i <= one.length; i += 1) {
    rows.push([i]);
    for (let j = 1; j <= other.length; j += 1) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[one.length][other.length];
}

// The address that was probably meant, or nothing when it looks right.
export function suggest(address, common, real) {
  const [whole, name, host] = /^(.+)@([^@]*)$/.exec(address.replace(/\s/g, "").toLowerCase()) ?? [];
  if (!whole || common.includes(host) || real.includes(host)) return "";
  const [slips, meant] = common.map((known) => [distance(host, known), known]).sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1))[0];
  return slips <= (meant.length < SHORT ? 1 : FURTHEST) ? `${name}@${meant}` : "";
}
