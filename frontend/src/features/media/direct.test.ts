import { describe, expect, it } from "vitest";
import { uploadedOf } from "@/features/media/direct";

describe("uploadedOf", () => {
  it("takes the id and the address", () => {
    expect(uploadedOf(200, '{"fileId":"f1","url":"/a.png","size":3}')).toEqual({ id: "f1", url: "/a.png" });
  });

  it.each([
    [400, '{"message":"Your request has expired"}', "Your request has expired"],
    [502, "<html>", "the store of pictures answered 502"],
    [200, "{}", "the store of pictures answered 200"],
  ])("says why %i is no picture", (status, text, detail) => {
    expect(() => uploadedOf(status, text)).toThrow(detail);
  });
});
