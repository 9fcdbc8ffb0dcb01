import type { ReactNode } from "react";
import { NavLink } from "react-router";
import { useSignIn } from "@/app/use-sign-in";
import { Button } from "@/components/button";
import { EmptyNotice } from "@/components/empty-notice";
import { Sheet } from "@/components/sheet";
import { Lines } from "@/components/skeleton";
import { useAuth } from "@/features/auth/auth";
import { useTitle } from "@/lib/use-title";
import styles from "./sheet-page.module.css";

export interface Tab {
  to: string;
  label: string;
}

interface Props {
  title: string;
  /** What stands on the page, when its title says more. */
  heading?: ReactNode;
  tabs?: Tab[];
  /** Beside the heading: what can be done with the whole. */
  actions?: ReactNode;
  /** For whom the page is; the functions refuse everybody else anyway. */
  gate?: "member" | "admin";
  children: ReactNode;
}

/** The tabs of those who look after Fanfold. */
export const DESK: Tab[] = [
  { to: "/events", label: "Events" },
  { to: "/events/dead-letters", label: "Dead letters" },
  { to: "/events/conflicts", label: "Conflicts" },
  { to: "/events/runs", label: "Runs" },
  { to: "/events/subscriptions", label: "Subscriptions" },
  { to: "/events/actions", label: "Actions" },
  { to: "/members", label: "Members" },
];

/** A listing on a sheet, with its name, its tabs, and a gate where it is not for everybody. */
export function SheetPage({ title, heading = title, tabs = [], actions, gate, children }: Props) {
  useTitle(title);
  return (
    <Sheet>
      <header className={styles.head}>
        <h1>{heading}</h1>
        {actions && <div className={styles.actions}>{actions}</div>}
        {tabs.length > 0 && (
          <nav className={styles.tabs} aria-label="What happens here">
            {tabs.map(({ to, label }) => (
              <NavLink key={to} to={to} end>
                {label}
              </NavLink>
            ))}
          </nav>
        )}
      </header>
      {gate ? <Gate gate={gate}>{children}</Gate> : children}
    </Sheet>
  );
}

export function Gate({ gate, children }: { gate: "member" | "admin"; children: ReactNode }) {
  const { ready, signedIn, member } = useAuth();
  const signIn = useSignIn();
  if (!ready) {
    return (
      <div className={styles.aside}>
        <Lines count={6} />
      </div>
    );
  }
  if (!signedIn) {
    return (
      <div className={styles.aside}>
        <EmptyNotice title={gate === "admin" ? "For administrators" : "For members"}>
          <Button look="solid" onClick={signIn}>
            Sign in
          </Button>
        </EmptyNotice>
      </div>
    );
  }
  if (gate === "admin" && member?.role !== "admin") {
    return (
      <div className={styles.aside}>
        <EmptyNotice title="For administrators">
          <p>You are signed in as {member?.name}, who is a member.</p>
        </EmptyNotice>
      </div>
    );
  }
  return children;
}
