import type { Schemas } from "@/api/operations";

export type Picture = Schemas["Picture"];
/** What is known of a picture that was sent straight to where pictures live. */
export type Uploaded = Pick<Picture, "id" | "url">;

export const LARGEST_BYTES = 5 * 1024 * 1024;
export const ACCEPTED = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"];

/** Why a file cannot be sent; null when it can. The server looks again, at the content. */
export function refusalOf(file: { type: string; size: number }): string | null {
  if (!ACCEPTED.includes(file.type)) return "A cover is a JPEG, PNG, WebP, GIF or AVIF picture";
  if (file.size > LARGEST_BYTES) {
    return `A cover has at most 5 MB, this one has ${(file.size / 1024 / 1024).toFixed(1)} MB`;
  }
  return null;
}

/** "340 kB", "1.2 MB" */
export function sizeOf(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
