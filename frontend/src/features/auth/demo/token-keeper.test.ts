import { describe, expect, it, vi } from "vitest";
import { TokenKeeper } from "@/features/auth/demo/token-keeper";

function keeper() {
  let now = 1000;
  let count = 0;
  const ask = vi.fn(() => Promise.resolve({ token: `t${++count}`, expires_at: now + 60 }));
  return { keeper: new TokenKeeper(ask, () => now), ask, pass: (seconds: number) => (now += seconds) };
}

describe("get", () => {
  it("keeps a token until shortly before it lapses", async () => {
    const { keeper: tokens, pass } = keeper();
    expect(await tokens.get()).toBe("t1");
    pass(49);
    expect(await tokens.get()).toBe("t1");
    pass(2);
    expect(await tokens.get()).toBe("t2");
  });

  it("asks once for calls that start together", async () => {
    const { keeper: tokens, ask } = keeper();
    expect(await Promise.all([tokens.get(), tokens.get()])).toEqual(["t1", "t1"]);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("asks again when a fresh one is wanted", async () => {
    const { keeper: tokens } = keeper();
    await tokens.get();
    expect(await tokens.get(true)).toBe("t2");
  });

  it("asks again after a refusal", async () => {
    const ask = vi
      .fn<() => Promise<{ token: string; expires_at: number }>>()
      .mockRejectedValueOnce(new Error("away"))
      .mockResolvedValueOnce({ token: "t1", expires_at: 1060 });
    const tokens = new TokenKeeper(ask, () => 1000);
    await expect(tokens.get()).rejects.toThrow("away");
    expect(await tokens.get()).toBe("t1");
  });
});
