import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { RouterProvider } from "react-router/dom";
import { createRouter } from "@/app/router";
import { type Config, ConfigContext } from "@/config/config";
import { useAuth } from "@/features/auth/auth";
import { AuthProvider } from "@/features/auth/provider";
import { createClient } from "@/lib/client";
import { Problem, UNREACHABLE } from "@/lib/problem";
import { ClientContext } from "@/lib/use-client";

const TRIES = 3;

/** Reads are asked again when a server was away; what was refused stays refused. */
function mayHelp(failures: number, thrown: unknown): boolean {
  const passing = thrown instanceof Problem && (thrown.status === UNREACHABLE || thrown.status >= 500);
  return passing && failures < TRIES;
}

export function App({ config }: { config: Config }) {
  const [queries] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: mayHelp, staleTime: 2000 } } }),
  );
  const [router] = useState(createRouter);
  return (
    <ConfigContext value={config}>
      <QueryClientProvider client={queries}>
        <AuthProvider>
          <SignedClient functions={config.functions} separator={config.separator}>
            <RouterProvider router={router} />
          </SignedClient>
        </AuthProvider>
      </QueryClientProvider>
    </ConfigContext>
  );
}

/** A client whose calls carry the session of whoever is signed in. */
function SignedClient({
  functions,
  separator,
  children,
}: {
  functions: string;
  separator: string;
  children: ReactNode;
}) {
  const { getToken } = useAuth();
  const client = useMemo(
    () => createClient({ functions, separator, getToken }),
    [functions, separator, getToken],
  );
  return <ClientContext value={client}>{children}</ClientContext>;
}
