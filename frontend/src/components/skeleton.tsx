import styles from "./skeleton.module.css";

/** Lines of text that have not arrived. */
export function Lines({ count }: { count: number }) {
  return (
    <div className={styles.lines} role="status">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: count }, (_, index) => (
        <span key={index} className={styles.bone} aria-hidden="true" />
      ))}
    </div>
  );
}

/** One thing that has not arrived, in the shape it will have. */
export function Bone({ width = "100%", height = "1em" }: { width?: string; height?: string }) {
  return <span className={styles.bone} style={{ width, height }} aria-hidden="true" />;
}
