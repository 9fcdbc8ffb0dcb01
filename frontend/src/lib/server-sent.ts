export interface Message {
  event: string;
  id: string;
  data: string;
}

/** A stream of server-sent events as its messages; it may be cut anywhere, also within a letter. */
export async function* messagesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/u);
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const message = messageOf(block);
        if (message) yield message;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A block without data says only that the other side is still there, and how far it has read. */
function messageOf(block: string): Message | null {
  const message: Message = { event: "message", id: "", data: "" };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/u)) {
    const [, name = "", value = ""] = /^([a-z]+): ?(.*)$/u.exec(line) ?? [];
    if (name === "event") message.event = value;
    if (name === "id") message.id = value;
    if (name === "data") data.push(value);
  }
  return data.length > 0 || message.id ? { ...message, data: data.join("\n") } : null;
}
