import { Link, useSearchParams } from "react-router";
import { AdminPage } from "@/app/admin-page";
import { DeadLetterList } from "@/features/event/components/dead-letter-list";
import styles from "./dead-letters-page.module.css";

const VIEWS = [
  { state: "waiting", label: "Waiting" },
  { state: "retried", label: "Retried" },
] as const;

export default function DeadLettersPage() {
  const [search] = useSearchParams();
  const state = search.get("state") === "retried" ? "retried" : "waiting";
  return (
    <AdminPage title="Dead letters">
      <nav className={styles.views} aria-label="Dead letters by state">
        {VIEWS.map((view) => (
          <Link key={view.state} to={`?state=${view.state}`} aria-current={view.state === state ? "page" : undefined}>
            {view.label}
          </Link>
        ))}
      </nav>
      <DeadLetterList key={state} state={state} />
    </AdminPage>
  );
}
