/** The address of a picture at one width, when it lives where widths can be asked for. */
export function sized(url: string, width: number, endpoint: string): string {
  if (!endpoint || !url.startsWith(endpoint)) return url;
  return `${url}${url.includes("?") ? "&" : "?"}tr=w-${width}`;
}

export function srcSetOf(url: string, widths: number[], endpoint: string): string | undefined {
  if (!endpoint || !url.startsWith(endpoint)) return undefined;
  return widths.map((width) => `${sized(url, width, endpoint)} ${width}w`).join(", ");
}
