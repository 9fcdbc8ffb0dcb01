import { useConfig } from "@/config/config";
import { sized } from "@/lib/image";
import { initialsOf } from "@/lib/text";
import styles from "./avatar.module.css";

interface Props {
  name: string;
  url: string;
  size?: number;
}

/** A member's picture, or their initials; always beside the name, so it is silent. */
export function Avatar({ name, url, size = 32 }: Props) {
  const { imagekit_url_endpoint: endpoint } = useConfig();
  return (
    <span className={styles.avatar} style={{ width: size, height: size, fontSize: size * 0.36 }} aria-hidden="true">
      {url ? (
        <img src={sized(url, size * 2, endpoint)} width={size} height={size} alt="" loading="lazy" />
      ) : (
        initialsOf(name)
      )}
    </span>
  );
}
