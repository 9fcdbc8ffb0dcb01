// SurrealDB's engine on RocksDB behind the WebSocket RPC that every SurrealDB client speaks.
//
// node bridge.mjs <data folder> <host> <port>, with SURREALDB_USER and SURREALDB_PASSWORD_FILE set.
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { WebSocketServer } from "ws";
import { decode, encode, Encoded } from "@surrealdb/cbor";
import { connect } from "./engine.mjs";
import { Gate } from "./gate.mjs";

const LARGEST_MESSAGE = 16 * 1024 * 1024;
const STOP_WITHIN_MS = 5_000;

const [folder, host, port] = process.argv.slice(2);
const password = readFileSync(process.env.SURREALDB_PASSWORD_FILE, "utf8").trim();
const gate = new Gate(process.env.SURREALDB_USER, password);
const engine = await connect(folder);
const sockets = new Map(); // socket to its caller

const asked = { query: 0, other: 0 }; // calls of the engine: what `SHOW STATUS` is to MySQL

const server = createServer((request, response) => {
  if (request.url === "/metrics") response.setHeader("content-type", "text/plain; version=0.0.4").end(metrics());
  else response.writeHead(request.url === "/health" ? 200 : 404).end();
});
const rpc = new WebSocketServer({
  server,
  path: "/rpc",
  maxPayload: LARGEST_MESSAGE,
  perMessageDeflate: false,
  handleProtocols: (offered) => (offered.has("cbor") ? "cbor" : false),
});

rpc.on("connection", (socket) => {
  const session = randomUUID();
  const caller = { signedIn: false };
  const attached = engine.attach(session);
  sockets.set(socket, caller);
  socket.on("message", async (raw) => {
    const reply = await answer(raw, session, caller, attached);
    if (socket.readyState === socket.OPEN) socket.send(reply);
  });
  socket.on("error", () => socket.terminate());
  socket.on("close", async () => {
    sockets.delete(socket);
    await attached.catch(() => undefined);
    await engine.detach(session).catch(() => undefined);
  });
});

async function answer(raw, session, caller, attached) {
  let id = null;
  try {
    const request = decode(raw);
    id = request.id;
    const own = gate.answer(request, caller);
    if (own !== undefined) return encode({ id, result: own });
    asked[request.method === "query" ? "query" : "other"] += 1;
    await attached;
    return engineReply(id, await engine.execute(raw, request, session));
  } catch (error) {
    return encode({ id, error: { code: error.code ?? -32000, message: error.message } });
  }
}

function metrics() {
  const counts = Object.entries(asked).map(([method, count]) => `surrealdb_rpc_calls_total{method="${method}"} ${count}\n`);
  return `# TYPE surrealdb_rpc_calls_total counter\n${counts.join("")}`;
}

function engineReply(id, bytes) {
  // The engine answers the bare result, or a map whose first key is "error". The bytes travel on
  // untouched: JavaScript would turn the float 1.0 into the integer 1.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 7)).toString("latin1");
  if (text[0] >= "\xa1" && text[0] <= "\xb7" && text.slice(1) === "eerror") {
    return encode({ id, error: decode(bytes).error });
  }
  return encode({ id, result: new Encoded(new Uint8Array(bytes)) });
}

async function notify() {
  // A live query's id is known to the client that asked; the others drop what they do not expect,
  // and who did not sign in hears nothing.
  for await (const bytes of engine.notifications()) {
    const message = encode({ result: new Encoded(new Uint8Array(bytes)) });
    for (const [socket, caller] of sockets) {
      if (caller.signedIn && socket.readyState === socket.OPEN) socket.send(message);
    }
  }
}

function stop() {
  server.close(() => process.exit(0));
  rpc.close();
  for (const socket of sockets.keys()) socket.close(1001, "the server stops");
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
}

process.on("SIGTERM", stop);
process.on("SIGINT", stop);
notify();
server.listen(Number(port), host, () => {
  const time = new Date().toISOString();
  console.log(JSON.stringify({ time, level: "info", message: "surrealdb listened", host, port: Number(port) }));
});
