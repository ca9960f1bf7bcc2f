// A provider of texts that takes everything: a server of the npm package `smpp`. It writes how many it took, and when the
// last one, into a file in memory; on SIGUSR2 it sends a receipt for each text that it took since the last time.
"use strict";

const fs = require("fs");
const smpp = require("smpp");

const [port, counterFile, keptFile] = process.argv.slice(2);
const UNDER_WAY = 100;
const SAY_EVERY_MS = 4;

const counter = fs.openSync(counterFile, "w");
const kept = keptFile ? fs.openSync(keptFile, "w") : null;
const receivers = new Set();
// A provider gives no number twice, whenever it was started.
const before = Date.now() * 1000;
let taken = 0;
let lastAt = 0;
let said = -1;
let owed = [];
let lines = [];

function say() {
  if (lines.length) {
    fs.writeSync(kept, lines.join(""));
    lines = [];
  }
  if (said === taken) return;
  said = taken;
  fs.writeSync(counter, `${String(taken).padStart(12)} ${String(lastAt).padStart(16)}\n`, 0);
}

function submit(session, pdu) {
  taken += 1;
  lastAt = Date.now();
  const id = String(before + taken);
  session.send(pdu.response({ message_id: id }));
  if (pdu.registered_delivery) owed.push([id, pdu.destination_addr, pdu.source_addr]);
  if (kept !== null) lines.push(JSON.stringify([id, pdu.destination_addr, pdu.toBuffer().toString("hex")]) + "\n");
}

function receipt([id, from, to]) {
  return new smpp.PDU("deliver_sm", {
    source_addr: from,
    destination_addr: to,
    esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2611221200 done date:2611221200 stat:DELIVRD err:000 text:`,
  });
}

// Each line has so many receipts without an answer at a time.
function tell() {
  const waiting = owed;
  owed = [];
  let next = 0;
  const more = (session) => {
    if (next >= waiting.length || session.closed) return;
    session.send(receipt(waiting[next++]), () => more(session));
  };
  for (const session of receivers) for (let each = 0; each < UNDER_WAY; each += 1) more(session);
}

const server = smpp.createServer((session) => {
  const bind = (pdu) => {
    session.send(pdu.response({ system_id: "bench" }));
    if (pdu.command !== "bind_transmitter") receivers.add(session);
  };
  for (const name of ["bind_transceiver", "bind_transmitter", "bind_receiver"]) session.on(name, bind);
  session.on("submit_sm", (pdu) => submit(session, pdu));
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on("close", () => receivers.delete(session));
  session.on("error", () => receivers.delete(session));
});

setInterval(say, SAY_EVERY_MS);
process.on("SIGUSR2", tell);
server.listen(Number(port));
