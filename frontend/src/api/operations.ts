import type { components, operations, paths } from "@/api/schema";

/** What the functions take and give, by the names of docs/openapi.json. */
export type Schemas = components["schemas"];
export type Method = "POST" | "PUT" | "PATCH" | "DELETE";

type Named<Has> = {
  [Path in keyof paths]: Path extends `/function/${infer Name extends keyof operations}`
    ? paths[Path] extends Has
      ? Name
      : never
    : never;
}[keyof paths];

/** Operations that are asked by GET. */
export type Reading = Named<{ get: object }>;
/** Operations that change something, by their method. */
export type Changing<M extends Method> = Named<Record<Lowercase<M>, object>>;

type Content<Part> = Part extends { content: { "application/json": infer Told } } ? Told : never;

/** What an operation answers when it did what was asked. */
export type Answer<O extends keyof operations> = operations[O]["responses"] extends infer All
  ? All extends { 204: object }
    ? undefined
    : All extends { 200: infer Part } | { 201: infer Part } | { 202: infer Part }
      ? Content<Part>
      : undefined
  : never;

/** What an operation takes as its body; undefined when it takes none. */
export type Body<O extends keyof operations> = operations[O] extends { requestBody: infer Part } ? Content<Part> : undefined;

type Asked<O extends keyof operations> = NonNullable<operations[O]["parameters"]["query"]>;
/** An operation's query; what is empty is not sent. */
export type QueryOf<O extends keyof operations> = { [Name in keyof Asked<O>]: Asked<O>[Name] | "" | null | undefined };
