import { SignIn } from "@clerk/react";
import { Lines } from "@/components/skeleton";

export default function ClerkSignIn() {
  return <SignIn routing="hash" fallback={<Lines count={5} />} />;
}
