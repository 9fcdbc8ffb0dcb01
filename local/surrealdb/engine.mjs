// The engine itself: one native module per platform, spoken to in SurrealDB's own CBOR requests.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { encode } from "@surrealdb/cbor";

const SMALL_MAP = 0xa0;
const LARGEST_SMALL_MAP = 0xb6; // One more pair must still fit the one-byte header.
const SESSION_KEY = Buffer.from([0x67, ..."session".split("").map((c) => c.charCodeAt(0))]);

export async function connect(folder) {
  const { SurrealNodeEngine } = loadNative();
  const native = await SurrealNodeEngine.connect(`rocksdb://${folder}`, {
    capabilities: { live_query_notifications: true, functions: true, network_targets: false },
  });
  return new Engine(native);
}

function loadNative() {
  const { arch, platform } = process;
  const libc = process.report?.getReport().header.glibcVersionRuntime ? "gnu" : "musl";
  const name = platform === "linux" ? `linux-${arch}-${libc}` : `${platform}-${arch}`;
  const file = new URL(`node_modules/@surrealdb/node/dist/surrealdb-node.${name}.node`, import.meta.url);
  return createRequire(import.meta.url)(fileURLToPath(file));
}

class Engine {
  #native;
  #turn = Promise.resolve();

  constructor(native) {
    this.#native = native;
  }

  attach(session) {
    return this.#inTurn(encode({ id: "attach", method: "attach", params: [], session }));
  }

  detach(session) {
    return this.#inTurn(encode({ id: "detach", method: "detach", params: [], session }));
  }

  execute(raw, request, session) {
    return this.#inTurn("session" in request ? raw : withSession(raw, session));
  }

  async *notifications() {
    const receiver = await this.#native.notifications();
    for (let next = await receiver.recv(); next !== null; next = await receiver.recv()) yield next;
  }

  // One request at a time: concurrent ones clash in the engine, and every client would meet
  // conflicts, even from `use` and DEFINE.
  #inTurn(bytes) {
    const result = this.#turn.then(() => this.#native.execute(new Uint8Array(bytes)));
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

// Re-encoding would turn the float 1.0 into the integer 1, so the pair is appended to the bytes.
function withSession(raw, session) {
  if (raw[0] < SMALL_MAP || raw[0] > LARGEST_SMALL_MAP) throw new Error("a request is a CBOR map of at most 22 pairs");
  const header = Buffer.from([raw[0] + 1]);
  return Buffer.concat([header, raw.subarray(1), SESSION_KEY, Buffer.from(encode(session))]);
}
