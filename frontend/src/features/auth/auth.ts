import { createContext, use } from "react";
import type { TokenSource } from "@/lib/client";

export interface Member {
  id: string;
  name: string;
  avatar: string;
  role: "member" | "admin";
}

/** Who reads, whatever service vouches for them. */
export interface Auth {
  /** False until it is known whether somebody is signed in. */
  ready: boolean;
  signedIn: boolean;
  member: Member | null;
  getToken: TokenSource;
  /** Demo members are named; with Clerk the panel asks who it is. */
  signIn: (memberId?: string) => Promise<void>;
  signOut: () => Promise<void>;
}

export const AuthContext = createContext<Auth | null>(null);

export function useAuth(): Auth {
  const auth = use(AuthContext);
  if (!auth) throw new Error("useAuth needs an AuthProvider above it");
  return auth;
}
