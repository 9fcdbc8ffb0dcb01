import { lazy, type ReactNode, Suspense } from "react";
import { useConfig } from "@/config/config";

const ClerkAuth = lazy(() => import("./clerk/clerk-auth"));
const DemoAuth = lazy(() => import("./demo/demo-auth"));

/** Clerk when the configuration has its key; the demo's members otherwise. */
export function AuthProvider({ children }: { children: ReactNode }) {
  const { clerk_publishable_key: key } = useConfig();
  return (
    <Suspense fallback={null}>
      {key ? <ClerkAuth publishableKey={key}>{children}</ClerkAuth> : <DemoAuth>{children}</DemoAuth>}
    </Suspense>
  );
}
