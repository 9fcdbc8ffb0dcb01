import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { members } from "@/features/auth/api/members";
import { token } from "@/features/auth/api/token";
import { type Auth, AuthContext } from "@/features/auth/auth";
import { TokenKeeper } from "@/features/auth/demo/token-keeper";
import { stored } from "@/lib/stored";

const REMEMBERED = "fanfold.demo-member";

/** Sign-in for an installation without Clerk: the stand-in vouches for its demo members. */
export default function DemoAuth({ children }: { children: ReactNode }) {
  const [id, setId] = useState(() => stored.read(REMEMBERED));
  const known = useQuery({
    queryKey: ["auth", "members"],
    queryFn: ({ signal }) => members(signal),
    enabled: id !== null,
    staleTime: Infinity,
  });
  const keeper = useMemo(() => (id ? new TokenKeeper(() => token(id)) : null), [id]);
  const member = known.data?.find((each) => each.id === id) ?? null;

  const auth = useMemo<Auth>(() => {
    const become = (next: string | null) => {
      stored.write(REMEMBERED, next);
      setId(next);
    };
    return {
      ready: id === null || !known.isPending,
      signedIn: member !== null,
      member,
      // Who is remembered here and unknown there reads as a visitor.
      getToken: (options) => (member && keeper ? keeper.get(options?.fresh) : Promise.resolve(null)),
      signIn: async (chosen) => {
        if (!chosen) return;
        // Asked here so that a refusal shows where the member was chosen.
        await token(chosen);
        become(chosen);
      },
      signOut: () => {
        become(null);
        return Promise.resolve();
      },
    };
  }, [id, keeper, known.isPending, member]);

  return <AuthContext value={auth}>{children}</AuthContext>;
}
