import { describe, expect, it } from "vitest";
import { sized, srcSetOf } from "@/lib/image";

const endpoint = "/function/site/imagekit/";

describe("sized", () => {
  it("asks for a width where the pictures live", () => {
    expect(sized(`${endpoint}a.png`, 800, endpoint)).toBe(`${endpoint}a.png?tr=w-800`);
    expect(sized(`${endpoint}a.png?v=2`, 800, endpoint)).toBe(`${endpoint}a.png?v=2&tr=w-800`);
  });

  it("leaves other addresses alone", () => {
    expect(sized("https://elsewhere.example/a.png", 800, endpoint)).toBe("https://elsewhere.example/a.png");
    expect(srcSetOf("https://elsewhere.example/a.png", [400], endpoint)).toBeUndefined();
  });
});
