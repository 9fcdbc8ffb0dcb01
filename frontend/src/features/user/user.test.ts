import { expect, it } from "vitest";
import { namesOf } from "@/features/user/user";

it("takes the first word as the first name", () => {
  expect(namesOf("  Inés  Aldana Ruiz ")).toEqual({ first_name: "Inés", last_name: "Aldana Ruiz" });
  expect(namesOf("Tomo")).toEqual({ first_name: "Tomo", last_name: "" });
});
