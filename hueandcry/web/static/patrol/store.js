// What lies on the phone: IndexedDB with four shelves. Nothing in here reads or writes words: only sealed boxes pass.
const SHELVES = ["lock", "drafts", "visits", "kept"];
let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("patrol", 1);
    asked.onupgradeneeded = () => SHELVES.forEach((shelf) => asked.result.createObjectStore(shelf, { keyPath: "id" }));
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      const there = asked.result;
      const gone = () => {
        opened = null;
      };
      there.onclose = gone;
      there.onversionchange = () => {
        there.close();
        gone();
      };
      resolve(there);
    };
  }).catch((fault) => {
    opened = null;
    throw fault;
  });
  return opened;
}

async function within(shelves, mode, work) {
  let there = await database();
  let change;
  try {
    change = there.transaction(shelves, mode, { durability: "strict" });
  } catch {
    // Signing out in another tab clears the storage under our feet.
    opened = null;
    there = await database();
    change = there.transaction(shelves, mode, { durability: "strict" });
  }
  return new Promise((resolve, reject) => {
    let answer;
    change.oncomplete = () => resolve(answer);
    change.onerror = change.onabort = () => reject(change.error);
    work(change, (value) => {
      answer = value;
    });
  });
}

const one = (request, give) => {
  request.onsuccess = () => give(request.result);
};

export const get = (shelf, id) =>
  within([shelf], "readonly", (change, give) => one(change.objectStore(shelf).get(id), give));
export const all = (shelf) => within([shelf], "readonly", (change, give) => one(change.objectStore(shelf).getAll(), give));
export const put = (shelf, row) => within([shelf], "readwrite", (change) => change.objectStore(shelf).put(row));
export const remove = (shelf, id) => within([shelf], "readwrite", (change) => change.objectStore(shelf).delete(id));
export const wipe = () =>
  within(SHELVES, "readwrite", (change) => SHELVES.forEach((shelf) => change.objectStore(shelf).clear()));

// Read, change and write one row as one step, so that two tabs cannot each take the same try.
export const change = (shelf, id, how) =>
  within([shelf], "readwrite", (step, give) => {
    const rows = step.objectStore(shelf);
    one(rows.get(id), (row) => {
      const changed = row && how(row);
      if (changed) rows.put(changed);
      give(changed);
    });
  });
