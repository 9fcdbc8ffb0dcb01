import { Link } from "react-router";
import { addressOf, type Headline } from "@/features/post/post";
import styles from "./featured-posts.module.css";

/** What the editors put first. */
export function FeaturedPosts({ posts }: { posts: Headline[] }) {
  if (posts.length === 0) return null;
  return (
    <section className={styles.featured} aria-labelledby="featured-title">
      <h2 id="featured-title">Featured</h2>
      <ul role="list">
        {posts.map((post) => (
          <li key={post.id} data-featured={post.id}>
            <Link to={addressOf(post)}>{post.title}</Link>
            <p>{post.author.name}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
