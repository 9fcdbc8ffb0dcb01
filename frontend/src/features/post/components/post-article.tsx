import { lazy, Suspense, useRef } from "react";
import { Link } from "react-router";
import { Lines } from "@/components/skeleton";
import { useVisit } from "@/features/post/api/use-visit";
import { Byline } from "@/features/post/components/byline";
import { Cover } from "@/features/post/components/cover";
import type { Post } from "@/features/post/post";
import { readingMinutesOf } from "@/lib/text";
import styles from "./post-article.module.css";

const Prose = lazy(() => import("@/components/markdown"));

/** A post as it is read. */
export function PostArticle({ post }: { post: Post }) {
  const end = useRef<HTMLDivElement>(null);
  useVisit(post, end);
  return (
    <article className={styles.article} data-post={post.id}>
      <header className={styles.header}>
        {post.category && (
          <p className={styles.category}>
            <Link to={`/?category=${encodeURIComponent(post.category)}`}>{post.category}</Link>
          </p>
        )}
        <h1 className={styles.title}>{post.title}</h1>
        {post.summary && <p className={styles.summary}>{post.summary}</p>}
        <Byline post={post} minutes={readingMinutesOf(post.content)} avatar={40} />
      </header>
      {post.cover && (
        <Cover url={post.cover} className={styles.cover} sizes="(min-width: 64rem) 60rem, 100vw" eager />
      )}
      <div className={styles.content}>
        <Suspense fallback={<Lines count={8} />}>
          <Prose>{post.content}</Prose>
        </Suspense>
        {post.tags.length > 0 && (
          <ul className={styles.tags} role="list" aria-label="Tags">
            {post.tags.map((tag) => (
              <li key={tag}>
                <Link to={`/?tag=${encodeURIComponent(tag)}`}>{tag}</Link>
              </li>
            ))}
          </ul>
        )}
        <div ref={end} />
      </div>
    </article>
  );
}

export function PostArticleSkeleton() {
  return (
    <div className={`${styles.content} ${styles.skeleton}`}>
      <Lines count={3} />
      <Lines count={9} />
    </div>
  );
}
