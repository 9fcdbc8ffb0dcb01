import { ClerkProvider, useAuth as useClerkAuth, useClerk, useUser } from "@clerk/react";
import { type ReactNode, useMemo } from "react";
import { BASE } from "@/config/config";
import { type Auth, AuthContext, type Member } from "@/features/auth/auth";

interface Props {
  publishableKey: string;
  children: ReactNode;
}

export default function ClerkAuth({ publishableKey, children }: Props) {
  return (
    <ClerkProvider publishableKey={publishableKey} signInUrl={`${BASE}sign-in`} afterSignOutUrl={BASE}>
      <Bridge>{children}</Bridge>
    </ClerkProvider>
  );
}

/** Clerk's session in the words of the facade. */
function Bridge({ children }: { children: ReactNode }) {
  const { isLoaded, isSignedIn, getToken } = useClerkAuth();
  const { user } = useUser();
  const clerk = useClerk();

  const auth = useMemo<Auth>(() => {
    const member: Member | null = !user ? null : {
      id: user.id,
      name: user.fullName ?? user.username ?? "A member",
      avatar: user.hasImage ? user.imageUrl : "",
      role: user.publicMetadata["role"] === "admin" ? "admin" : "member",
    };
    return {
      ready: isLoaded,
      signedIn: isSignedIn ?? false,
      member,
      // Before Clerk has loaded its getToken waits, and reading must not wait for it.
      getToken: (options) =>
        isSignedIn ? getToken({ skipCache: options?.fresh ?? false }) : Promise.resolve(null),
      signIn: () => clerk.redirectToSignIn().then(() => undefined),
      signOut: () => clerk.signOut(),
    };
  }, [clerk, getToken, isLoaded, isSignedIn, user]);

  return <AuthContext value={auth}>{children}</AuthContext>;
}
