import type { ReactNode } from "react";
import { NavLink } from "react-router";
import { useSignIn } from "@/app/use-sign-in";
import { Button } from "@/components/button";
import { EmptyNotice } from "@/components/empty-notice";
import { Sheet } from "@/components/sheet";
import { Lines } from "@/components/skeleton";
import { useAuth } from "@/features/auth/auth";
import { useTitle } from "@/lib/use-title";
import styles from "./admin-page.module.css";

/** A listing that only administrators may ask for; the functions refuse everybody else anyway. */
export function AdminPage({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title);
  const { ready, signedIn } = useAuth();
  const signIn = useSignIn();
  return (
    <div className={styles.page}>
      <Sheet>
        <header className={styles.head}>
          <h1>{title}</h1>
          <nav className={styles.tabs} aria-label="What happened">
            <NavLink to="/events" end>
              Events
            </NavLink>
            <NavLink to="/events/dead-letters">Dead letters</NavLink>
          </nav>
        </header>
        {!ready && (
          <div className={styles.aside}>
            <Lines count={6} />
          </div>
        )}
        {ready && !signedIn && (
          <div className={styles.aside}>
            <EmptyNotice title="For administrators">
              <Button look="solid" onClick={signIn}>
                Sign in
              </Button>
            </EmptyNotice>
          </div>
        )}
        {signedIn && children}
      </Sheet>
    </div>
  );
}
