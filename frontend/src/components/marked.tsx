import { partsOf } from "@/lib/marked";
import styles from "./marked.module.css";

/** A text with what was found in it; whatever else it holds stays text. */
export function Marked({ children }: { children: string }) {
  return partsOf(children).map(({ text, marked }, index) =>
    marked ? (
      <mark key={index} className={styles.mark}>
        {text}
      </mark>
    ) : (
      <span key={index}>{text}</span>
    ),
  );
}
