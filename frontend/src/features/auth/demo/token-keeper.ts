import type { SessionToken } from "@/features/auth/api/token";
import { epochOf } from "@/lib/time";

/** A token this close to its end may lapse on the way to the function. */
const MARGIN_SECONDS = 10;

/** Keeps one session token and asks for the next before the last one lapses. */
export class TokenKeeper {
  private kept: SessionToken | null = null;
  private asking: Promise<string> | null = null;

  constructor(
    private readonly ask: () => Promise<SessionToken>,
    private readonly now: () => number = () => Date.now() / 1000,
  ) {}

  get(fresh = false): Promise<string> {
    if (!fresh && this.kept && epochOf(this.kept.expires_at) - MARGIN_SECONDS > this.now()) {
      return Promise.resolve(this.kept.token);
    }
    // Calls that start together share one question.
    this.asking ??= this.ask()
      .then((told) => {
        this.kept = told;
        return told.token;
      })
      .finally(() => {
        this.asking = null;
      });
    return this.asking;
  }
}
