import type { ComponentProps } from "react";
import styles from "./button.module.css";

interface Props extends ComponentProps<"button"> {
  look?: "solid" | "line" | "quiet" | "danger";
  small?: boolean;
}

export function Button({ look = "line", small = false, className, ...rest }: Props) {
  const classes = [styles.button, styles[look], small && styles.small, className];
  return <button type="button" className={classes.filter(Boolean).join(" ")} {...rest} />;
}
