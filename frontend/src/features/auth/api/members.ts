import { BASE } from "@/config/config";
import type { Member } from "@/features/auth/auth";
import { problemOf, unreachable } from "@/lib/problem";

/** The members whom a visitor of the demo may become. */
export async function members(signal?: AbortSignal): Promise<Member[]> {
  const response = await fetch(`${BASE}demo/members`, signal ? { signal } : {}).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Member[];
}
