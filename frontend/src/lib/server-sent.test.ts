import { expect, it } from "vitest";
import { messagesOf } from "@/lib/server-sent";

function streamOf(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}

const TOLD = 'retry: 1000\n: follows\n\nid: 7\ndata: {"é":1}\n\n: still here\nid: 9\n\nevent: end\nid: 9\ndata: {}\n\nid: 10\ndata: cut';

it.each([1, 3, 1000])("gives whole messages from pieces of %i bytes, and none that was cut off", async (size) => {
  const messages = [];
  for await (const message of messagesOf(streamOf(TOLD, size))) messages.push(message);
  expect(messages).toEqual([
    { event: "message", id: "7", data: '{"é":1}' },
    { event: "message", id: "9", data: "" },
    { event: "end", id: "9", data: "{}" },
  ]);
});
