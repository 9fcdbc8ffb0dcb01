import { lazy, Suspense } from "react";
import { Lines } from "@/components/skeleton";
import { useConfig } from "@/config/config";

const ClerkSignIn = lazy(() => import("@/features/auth/clerk/clerk-sign-in"));
const DemoSignIn = lazy(() => import("@/features/auth/demo/demo-sign-in"));

/** The means of signing in that this installation has. */
export function SignInPanel({ onSignedIn }: { onSignedIn: () => void }) {
  const { clerk_publishable_key: key } = useConfig();
  return (
    <Suspense fallback={<Lines count={4} />}>
      {key ? <ClerkSignIn /> : <DemoSignIn onSignedIn={onSignedIn} />}
    </Suspense>
  );
}
