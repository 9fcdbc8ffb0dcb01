import { expect, it } from "vitest";
import { follow } from "@/features/event/tail";
import { createClient } from "@/lib/client";

const SLICE = { type: "", subject: "" };
const told = (sequence: number) => `id: ${sequence}\ndata: {"sequence":${sequence}}\n\n`;

/** Follows what these answers say, and gives what came of it once they are used up. */
async function followed(answers: (string | number | Error)[]) {
  const stop = new AbortController();
  const asked: string[] = [];
  const seen: number[] = [];
  const lives: boolean[] = [];
  const answer: typeof fetch = (url) => {
    asked.push(new URL(url as string, "http://site").searchParams.get("after") ?? "");
    const next = answers.shift();
    if (next === undefined) stop.abort();
    if (next === undefined || next instanceof Error) return Promise.reject(next ?? new Error("aborted"));
    return Promise.resolve(typeof next === "number" ? new Response("{}", { status: next }) : new Response(next));
  };
  const client = createClient({ functions: "/function/", getToken: () => Promise.resolve(null), fetch: answer });
  await follow(client, {
    slice: SLICE,
    after: 4,
    signal: stop.signal,
    onEvent: ({ sequence }) => seen.push(sequence),
    onLive: (live) => lives.push(live),
    pause: () => Promise.resolve(),
  });
  return { asked, seen, lives };
}

it("goes on where a stream ended, also when it ended in the middle", async () => {
  const { asked, seen } = await followed([
    told(5) + ': still here\nid: 8\n\nevent: end\nid: 8\ndata: {"after":8}\n\n',
    told(9) + "id: 10\ndata: {",
    told(10),
  ]);
  expect(seen).toEqual([5, 9, 10]);
  expect(asked).toEqual(["4", "8", "9", "10"]);
});

it("says that nothing is told live while the service is away", async () => {
  const { lives, asked } = await followed([503, new Error("network"), told(5)]);
  expect(lives).toEqual([false, false, true]);
  expect(asked).toHaveLength(4);
});

it("stops where it is refused", async () => {
  const { asked, lives } = await followed([403, told(5)]);
  expect({ asked, lives }).toEqual({ asked: ["4"], lives: [false] });
});
