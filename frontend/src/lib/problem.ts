/** An error as the functions tell it: application/problem+json (RFC 9457). */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly type: string;
  readonly title: string;
  /** The call's id, by which an operator finds the log lines. */
  readonly instance: string;
  readonly retryAfter: number | null;
  /** What is wrong with each field, when the problem names fields. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(told: Partial<ProblemBody> & { status: number }, retryAfter: number | null = null) {
    super(told.detail ?? told.title ?? `the server answered ${told.status}`);
    this.status = told.status;
    this.type = told.type ?? "about:blank";
    this.title = told.title ?? titleOf(told.status);
    this.instance = told.instance ?? "";
    this.retryAfter = retryAfter;
    this.fields = fieldsOf(told);
  }

  get detail(): string {
    return this.message;
  }
}

interface ProblemBody {
  status: number;
  type: string;
  title: string;
  detail: string;
  instance: string;
  errors: { field?: string; pointer?: string; detail: string }[];
}

/** Status 0: no answer at all. */
export const UNREACHABLE = 0;

export async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get("Retry-After")) || null;
  const isProblem = (response.headers.get("Content-Type") ?? "").includes("json");
  const body: unknown = isProblem ? await response.json().catch(() => null) : null;
  const told = typeof body === "object" && body !== null ? (body as Partial<ProblemBody>) : {};
  return new Problem({ ...told, status: response.status }, retryAfter);
}

export function unreachable(): Problem {
  return new Problem({
    status: UNREACHABLE,
    title: "Fanfold cannot be reached",
    detail: "There was no answer. Check the connection and try again",
  });
}

/** Anything thrown, as a problem that can be shown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem({ status: UNREACHABLE, title: "This page stopped", detail });
}

/** Validation details end in "at `$.title`" (or in `$.tags[2]`) and some begin with the name. */
function fieldsOf(told: Partial<ProblemBody>): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const error of told.errors ?? []) {
    const name = error.field ?? error.pointer?.replace(/^[#/$.]+/, "").split(/[/.[]/)[0];
    if (name) fields[name] = error.detail;
  }
  if (Object.keys(fields).length > 0 || told.detail === undefined) return fields;
  if (told.status !== 400 && told.status !== 422) return fields;
  const path = /^(?<rule>.*?)\s*(?:-\s*)?(?:at )?`?\$\.(?<name>\w+)[^`]*`?$/.exec(told.detail);
  if (path?.groups?.["name"]) {
    fields[path.groups["name"]] = path.groups["rule"] ?? told.detail;
    return fields;
  }
  const first = /^(?<name>[a-z][a-z_]*)\b/.exec(told.detail)?.groups?.["name"];
  if (first) fields[first] = told.detail;
  return fields;
}

function titleOf(status: number): string {
  const titles: Record<number, string> = {
    401: "Sign in first",
    403: "Not yours to do",
    404: "Nothing here",
    409: "It changed meanwhile",
    412: "Somebody was faster",
    413: "Too large",
    429: "Too many at once",
    503: "Busy for a moment",
  };
  return titles[status] ?? (status >= 500 ? "The server could not do it" : "The request was refused");
}

/** What a reader can do about it; empty when the detail says it all. */
export function adviceOf({ status, retryAfter }: Pick<Problem, "status" | "retryAfter">): string {
  if (status === 401) return "Your session has ended.";
  if (status === 412) return "Load what is there now, then make your change again.";
  if (status === 429) return `Wait ${retryAfter ?? 30} seconds before the next try.`;
  if (status === 503) return "A part of Fanfold is away. It usually returns within a minute.";
  if (status >= 500) return "Try again. If it stays so, give an administrator the call’s number.";
  return "";
}
