// Who may speak to the engine: embedded, it lets everyone be root, so the bridge checks by itself.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const UNAUTHENTICATED = -32002;

function same(one, other) {
  const digest = (text) => createHash("sha256").update(String(text)).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function refuse(message) {
  throw Object.assign(new Error(message), { code: UNAUTHENTICATED });
}

export class Gate {
  // Clients refuse a token that does not look like a JWT, although only this gate reads it.
  #token = [16, 32, 32].map((length) => randomBytes(length).toString("base64url")).join(".");

  constructor(user, password) {
    if (!user || !password) throw new Error("SURREALDB_USER and a non-empty password file are required");
    this.user = user;
    this.password = password;
  }

  // The gate's own answer, or undefined when the engine is to answer.
  answer(request, caller) {
    switch (request.method) {
      case "ping":
        return null;
      case "signin":
        return this.#signIn(request.params?.[0] ?? {}, caller);
      case "authenticate":
        if (!same(request.params?.[0], this.#token)) refuse("the token is not one this server issued");
        caller.signedIn = true;
        return null;
      case "invalidate":
        caller.signedIn = false;
        return null;
      case "signup":
        return refuse("this server signs nobody up");
      default:
        if (!caller.signedIn) refuse(`sign in before ${request.method}`);
        return undefined;
    }
  }

  #signIn(credentials, caller) {
    const user = credentials.user ?? credentials.username;
    const password = credentials.pass ?? credentials.password;
    const [userFits, passwordFits] = [same(user, this.user), same(password, this.password)];
    if (!userFits || !passwordFits) refuse("the user or the password is wrong");
    caller.signedIn = true;
    return this.#token;
  }
}
