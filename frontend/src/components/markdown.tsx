import Markdown, { type Components } from "react-markdown";
import gfm from "remark-gfm";
import styles from "./markdown.module.css";

/** HTML that stands alone becomes a paragraph of text; without it, it would stand in no element. */
const htmlAsText = () => (tree: { children: Block[] }) => {
  tree.children = tree.children.map((block) =>
    block.type === "html"
      ? { type: "paragraph", children: [{ type: "text", value: block.value ?? "" }] }
      : block,
  );
};

interface Block {
  type: string;
  value?: string;
  children?: Block[];
}

/** A post has one h1, its title: what its text calls a heading of level one becomes the second. */
const COMPONENTS: Components = {
  h1: ({ children }) => <h2>{children}</h2>,
  h2: ({ children }) => <h2>{children}</h2>,
  // An address that could run something was taken away: then it is no link any more.
  a: ({ href, children }) =>
    href ? (
      <a href={href} rel={href.startsWith("#") ? undefined : "nofollow ugc noopener"}>
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ src, alt }) => <img src={src} alt={alt ?? ""} loading="lazy" />,
  table: ({ children }) => (
    // A wide table scrolls by itself, and can be scrolled by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable regions need focus
    <div className={styles.wide} role="region" aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
};

/** Members' Markdown as elements; HTML in it is shown as text and scripts never run. */
export default function Prose({ children }: { children: string }) {
  return (
    <div className={styles.prose}>
      <Markdown remarkPlugins={[gfm, htmlAsText]} components={COMPONENTS}>
        {children}
      </Markdown>
    </div>
  );
}
