import type { Schemas } from "@/api/operations";

/** What everybody may know of a member. */
export type Profile = Schemas["Profile"];
/** What administrators may know besides. */
export type Member = Schemas["Member"];
export type Role = Member["role"];

export const ROLES: { value: Role; label: string }[] = [
  { value: "member", label: "Member" },
  { value: "admin", label: "Administrator" },
];

/** First and last name as Clerk keeps them, from the one that Fanfold shows. */
export function namesOf(name: string): { first_name: string; last_name: string } {
  const [first_name = "", ...rest] = name.trim().split(/\s+/u);
  return { first_name, last_name: rest.join(" ") };
}
