import { useEffect, useRef } from "react";
import { Link, NavLink, Outlet, ScrollRestoration, useLocation, useNavigation } from "react-router";
import { MemberMenu } from "@/app/member-menu";
import { useSignIn } from "@/app/use-sign-in";
import { Mark } from "@/components/mark";
import { useAuth } from "@/features/auth/auth";
import styles from "./shell.module.css";

/** What surrounds every page: the nameplate, the way around, the foot. */
export function Shell() {
  const main = useFocusOnNavigation();
  const pending = useNavigation().state !== "idle";
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the text
      </a>
      <header className={styles.header}>
        <Link to="/" className={styles.nameplate}>
          <Mark size={30} />
          Fanfold
        </Link>
        <Navigation />
      </header>
      <main id="main" ref={main} tabIndex={-1} aria-busy={pending}>
        <Outlet />
      </main>
      <footer className={styles.footer}>
        <p>
          <Mark size={18} /> Fanfold
        </p>
        <p>Everything this site does is a Python function on OpenFaaS.</p>
      </footer>
      <ScrollRestoration />
    </div>
  );
}

function Navigation() {
  const { ready, signedIn, member, signOut } = useAuth();
  const signIn = useSignIn();
  const { pathname } = useLocation();
  return (
    <nav className={styles.navigation} aria-label="Site">
      {member?.role === "admin" && (
        <NavLink to="/events" className={`${styles.link} ${styles.desk}`}>
          Events
        </NavLink>
      )}
      <NavLink to="/search" className={styles.link}>
        Search
      </NavLink>
      <NavLink to="/write" className={styles.link}>
        Write
      </NavLink>
      {ready && signedIn && member && <MemberMenu member={member} onSignOut={() => void signOut()} />}
      {ready && !signedIn && pathname !== "/sign-in" && (
        <button type="button" className={styles.signIn} onClick={signIn}>
          Sign in
        </button>
      )}
    </nav>
  );
}

/** After a change of page the next Tab starts at its beginning, and it is read out from there. */
function useFocusOnNavigation() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}
