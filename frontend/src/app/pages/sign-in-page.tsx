import { useNavigate, useSearchParams } from "react-router";
import { useConfig } from "@/config/config";
import { SignInPanel } from "@/features/auth/components/sign-in-panel";
import { useTitle } from "@/lib/use-title";
import styles from "./column.module.css";

export default function SignInPage() {
  useTitle("Sign in");
  const { demo } = useConfig();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  return (
    <div className={`${styles.column} ${styles.narrow}`}>
      <h1 className={styles.title}>Sign in</h1>
      {demo && (
        <p className={styles.intro}>
          This is a demo: choose who you want to be. Nobody needs a password here.
        </p>
      )}
      <SignInPanel onSignedIn={() => void navigate(local(search.get("next")), { replace: true })} />
    </div>
  );
}

/** Only a path of this site: a link must not use our sign-in to lead elsewhere. */
function local(next: string | null): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.includes("\\") ? next : "/";
}
