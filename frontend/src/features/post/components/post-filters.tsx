import { Link, useNavigate, useSearchParams } from "react-router";
import { useCount } from "@/features/post/api/count";
import { changed } from "@/features/post/filters";
import styles from "./post-filters.module.css";

interface Props {
  sorts: { value: string; label: string }[];
  sort: string;
}

/** More than these are found by search. */
const SHOWN = 8;

/** What is listed, and in which order; every choice has an address of its own. */
export function PostFilters({ sorts, sort }: Props) {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const count = useCount();
  const category = search.get("category") ?? "";
  const tag = search.get("tag") ?? "";
  const first = sorts[0]?.value ?? "";
  const known = Object.entries(count.data?.categories ?? {})
    .filter(([name]) => name !== "")
    .sort(([, some], [, others]) => others - some)
    .slice(0, SHOWN)
    .map(([name]) => name);
  const names = category && !known.includes(category) ? [category, ...known] : known;
  return (
    <div className={styles.bar}>
      <nav className={styles.categories} aria-label="Categories">
        <Link to={changed(search, { category: "" })} aria-current={category === "" ? "page" : undefined}>
          All
        </Link>
        {names.map((name) => (
          <Link
            key={name}
            to={changed(search, { category: name })}
            aria-current={name === category ? "page" : undefined}
          >
            {name}
          </Link>
        ))}
      </nav>
      <div className={styles.choices}>
        {tag && (
          <Link className={styles.tag} to={changed(search, { tag: "" })}>
            #{tag}
            <span aria-hidden="true">×</span>
            <span className="visually-hidden">, remove this tag</span>
          </Link>
        )}
        <label className={styles.sort}>
          <span>Sort</span>
          <select
            value={sort}
            onChange={(event) =>
              void navigate(changed(search, { sort: event.target.value }, [first]), { preventScrollReset: true })
            }
          >
            {sorts.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
    </div>
  );
}
