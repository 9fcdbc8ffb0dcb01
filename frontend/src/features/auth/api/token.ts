import { BASE } from "@/config/config";
import { problemOf, unreachable } from "@/lib/problem";

export interface SessionToken {
  token: string;
  /** Seconds since the epoch, or RFC 3339. */
  expires_at: number | string;
}

/** A session token of one demo member, good for a minute. */
export async function token(id: string): Promise<SessionToken> {
  const response = await fetch(`${BASE}demo/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ id }),
  }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as SessionToken;
}
