const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "14 November 2026" */
export function dateOf(time: string, locale = "en-GB"): string {
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" }).format(
    new Date(time),
  );
}

/** "14 Nov, 10:22" */
export function momentOf(time: string, locale = "en-GB"): string {
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).format(new Date(time));
}

/** "10:22:31.114": where milliseconds tell cause from effect. */
export function clockOf(time: string): string {
  const at = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const thousandth = String(at.getMilliseconds()).padStart(3, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${thousandth}`;
}

/** The clock, and before it the day when that was not today. */
export function stampOf(time: string, now: Date, locale = "en-GB"): string {
  const at = new Date(time);
  if (at.toDateString() === now.toDateString()) return clockOf(time);
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }).format(at);
  return `${day} ${clockOf(time).slice(0, 8)}`;
}

/** "3 minutes ago" within a day or so, the date before that. */
export function agoOf(time: string, now: Date, locale = "en-GB"): string {
  const seconds = Math.round((new Date(time).getTime() - now.getTime()) / 1000);
  const past = Math.abs(seconds);
  if (past < 45) return "just now";
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (past < 45 * MINUTE) return relative.format(Math.trunc(seconds / MINUTE) || -1, "minute");
  if (past < 22 * HOUR) return relative.format(Math.round(seconds / HOUR), "hour");
  if (past < 6 * DAY) return relative.format(Math.round(seconds / DAY), "day");
  return dateOf(time, locale);
}

/** Seconds since the epoch, from what a token issuer may say: seconds or an RFC 3339 time. */
export function epochOf(time: number | string): number {
  return typeof time === "number" ? time : new Date(time).getTime() / 1000;
}
