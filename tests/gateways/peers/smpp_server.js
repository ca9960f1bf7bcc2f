// The far side of the SMPP gateway: servers of the npm package `smpp`, several in one process, told what to do by lines
// of JSON on standard input; what they hear goes to standard output, a line each.
"use strict";

const readline = require("readline");
const smpp = require("smpp");

const servers = new Map();

function say(server, event, more) {
  process.stdout.write(JSON.stringify({ server: server.number, event, ...more }) + "\n");
}

function plain(pdu) {
  return JSON.parse(
    JSON.stringify(pdu, (_, value) =>
      value && value.type === "Buffer" && Array.isArray(value.data) ? Buffer.from(value.data).toString("hex") : value
    )
  );
}

// The status of the next answer to this number: 998 has nobody, 996 is put off once, and what the test has set.
function statusFor(server, address) {
  const set = server.statuses[address] || server.statuses["*"];
  if (set && set.length) return set.length > 1 ? set.shift() : set[0];
  if (address.endsWith("998")) return smpp.ESME_RINVDSTADR;
  if (address.endsWith("996") && !server.putOff.has(address)) {
    server.putOff.add(address);
    return smpp.ESME_RSYSERR;
  }
  return smpp.ESME_ROK;
}

function bind(server, session, pdu) {
  const good = !server.password || pdu.password === server.password;
  const status = server.bindStatus || (good ? smpp.ESME_ROK : smpp.ESME_RINVPASWD);
  say(server, "bind", { command: pdu.command, user: pdu.system_id, version: pdu.interface_version, status });
  session.send(pdu.response({ command_status: status, system_id: "peer" }));
  session.listens = pdu.command !== "bind_transmitter";
  if (!status) server.bound.add(session);
}

function submit(server, session, pdu) {
  const status = statusFor(server, pdu.destination_addr);
  const id = server.begin + server.taken;
  const answer = { command_status: status };
  if (!status) {
    server.taken += 1;
    answer.message_id = server.ids === "hex" ? id.toString(16) : String(id);
  }
  if (!server.quiet) say(server, "submit", { pdu: plain(pdu), id: answer.message_id });
  session.send(pdu.response(answer));
  if (!status && server.receipts && pdu.registered_delivery === 1) {
    const name = server.ids === "hex" ? String(id) : answer.message_id;
    const receiver = [...server.bound].find((one) => one.listens);
    receiver.deliver_sm({
      source_addr: pdu.destination_addr,
      destination_addr: pdu.source_addr,
      esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
      short_message: `id:${name} sub:001 dlvrd:001 submit date:2611221200 done date:2611221200 stat:DELIVRD err:000 text:`,
    });
  }
}

function listen(order) {
  const server = {
    number: order.server, statuses: {}, putOff: new Set(), bound: new Set(), taken: 0, begin: 1000, ids: "decimal",
    ...order.words,
  };
  const options = order.words.key ? { key: order.words.key, cert: order.words.cert } : {};
  server.listener = smpp.createServer(options, (session) => {
    session.on("error", () => session.destroy());
    session.on("close", () => server.bound.delete(session));
    for (const command of ["bind_transceiver", "bind_transmitter", "bind_receiver"]) {
      session.on(command, (pdu) => bind(server, session, pdu));
    }
    session.on("submit_sm", (pdu) => submit(server, session, pdu));
    session.on("enquire_link", (pdu) => session.send(pdu.response()));
    session.on("unbind", (pdu) => {
      say(server, "unbind", {});
      session.send(pdu.response());
      session.close();
    });
    for (const command of ["deliver_sm_resp", "data_sm_resp", "enquire_link_resp", "generic_nack"]) {
      session.on(command, (pdu) => say(server, command, { pdu: plain(pdu) }));
    }
  });
  server.listener.on("error", () => {});
  server.listener.listen(0, "127.0.0.1", () => say(server, "listening", { port: server.listener.address().port }));
  servers.set(order.server, server);
}

function unhex(words) {
  const found = { ...words };
  for (const name of Object.keys(found)) {
    if (typeof found[name] === "string" && found[name].startsWith("hex:")) {
      found[name] = Buffer.from(found[name].slice(4), "hex");
    }
  }
  return found;
}

const orders = {
  listen,
  // Deliver a PDU by the library's own hand, or bytes as they are, over one of the connections.
  deliver(order) {
    const server = servers.get(order.server);
    const receivers = [...server.bound].filter((one) => one.listens);
    const session = receivers[(order.over || 0) % receivers.length];
    if (order.raw) session.socket.write(Buffer.from(order.raw, "hex"));
    else session[order.command || "deliver_sm"](unhex(order.words));
  },
  set(order) {
    Object.assign(servers.get(order.server), order.words);
  },
  // All that was heard before has been said when this is.
  ping(order) {
    say({ number: order.server }, "pong", {});
  },
  // End every connection without a word.
  cut(order) {
    for (const session of servers.get(order.server).listener.sessions.slice()) session.destroy();
  },
  stop(order) {
    const server = servers.get(order.server);
    servers.delete(order.server);
    for (const session of server.listener.sessions.slice()) session.destroy();
    server.listener.close(() => say(server, "stopped", {}));
  },
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line);
  orders[order.order](order);
}).on("close", () => process.exit(0));
