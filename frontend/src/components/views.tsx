import { Link } from "react-router";
import styles from "./views.module.css";

interface Props {
  label: string;
  views: { to: string; label: string; current: boolean; count?: number | undefined }[];
}

/** One list, seen in several ways; each has its own address. */
export function Views({ label, views }: Props) {
  return (
    <nav className={styles.views} aria-label={label}>
      {views.map((view) => (
        <Link key={view.label} to={view.to} aria-current={view.current ? "page" : undefined} preventScrollReset>
          {view.label}
          {view.count !== undefined && <span className={styles.count}>{view.count.toLocaleString("en-GB")}</span>}
        </Link>
      ))}
    </nav>
  );
}
