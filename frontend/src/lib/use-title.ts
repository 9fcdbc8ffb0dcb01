import { useEffect } from "react";

/** The function `site` writes the first title into the page; from then on it follows the route. */
export function useTitle(title: string | null | undefined): void {
  useEffect(() => {
    if (title) document.title = title === "Fanfold" ? title : `${title} · Fanfold`;
  }, [title]);
}
