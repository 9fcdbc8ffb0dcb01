import { Link } from "react-router";
import { Marked } from "@/components/marked";
import { Byline } from "@/features/post/components/byline";
import { Cover } from "@/features/post/components/cover";
import { addressOf, type Finding, type Headline } from "@/features/post/post";
import { partsOf, wordsOf } from "@/lib/marked";
import styles from "./post-panel.module.css";

interface Props {
  post: Headline | Finding;
  lead?: boolean;
}

/** One panel of the folded sheet: one post in a list. */
export function PostPanel({ post, lead = false }: Props) {
  // What was found in the title alone has no place in the text that could be shown.
  const excerpt = "excerpt" in post && partsOf(post.excerpt).some(({ marked }) => marked) ? post.excerpt : "";
  return (
    <article className={`${styles.panel} ${lead ? styles.lead : ""}`} data-post={post.id}>
      <div className={styles.text}>
        {(post.category || post.featured) && (
          <p className={styles.category}>
            {post.category && <Link to={`/?category=${encodeURIComponent(post.category)}`}>{post.category}</Link>}
            {post.featured && <span className={styles.featured}>Featured</span>}
          </p>
        )}
        <h2 className={styles.title}>
          <Link to={addressOf(post)}>{post.title}</Link>
        </h2>
        {excerpt ? (
          <p className={styles.summary} data-excerpt>
            <Marked>{wordsOf(excerpt)}</Marked>
          </p>
        ) : (
          post.summary && <p className={styles.summary}>{post.summary}</p>
        )}
        <Byline post={post} counts />
      </div>
      {post.cover && (
        <Cover
          url={post.cover}
          className={styles.cover}
          sizes={lead ? "(min-width: 60rem) 32rem, 100vw" : "(min-width: 60rem) 17rem, 100vw"}
          eager={lead}
        />
      )}
    </article>
  );
}
