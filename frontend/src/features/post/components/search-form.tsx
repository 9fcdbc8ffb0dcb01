import type { SyntheticEvent } from "react";
import { useNavigate } from "react-router";
import { Button } from "@/components/button";
import styles from "./search-form.module.css";

const LONGEST = 200;

/** Words to look for; they stand in the address, so that a search can be sent to somebody. */
export function SearchForm({ q }: { q: string }) {
  const navigate = useNavigate();
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const words = new FormData(event.currentTarget).get("q");
    const typed = typeof words === "string" ? words.trim() : "";
    if (typed) void navigate(`/search?q=${encodeURIComponent(typed)}`);
  };
  return (
    <form className={styles.form} role="search" onSubmit={submit}>
      <label className="visually-hidden" htmlFor="q">
        Search posts
      </label>
      <input
        key={q}
        id="q"
        name="q"
        type="search"
        defaultValue={q}
        maxLength={LONGEST}
        placeholder="Words from a title or a text"
        autoComplete="off"
        // Who opens the search came to type.
        // eslint-disable-next-line jsx-a11y/no-autofocus -- focus follows the reader's own action
        autoFocus={q === ""}
      />
      <Button type="submit" look="solid">
        Search
      </Button>
    </form>
  );
}
