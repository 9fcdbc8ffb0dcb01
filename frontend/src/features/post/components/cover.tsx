import { useConfig } from "@/config/config";
import { sized, srcSetOf } from "@/lib/image";

interface Props {
  url: string;
  /** How wide it will be shown, in the language of the `sizes` attribute. */
  sizes: string;
  className?: string | undefined;
  eager?: boolean;
}

const WIDTHS = [400, 800, 1200, 1800];

/** A post's picture; it repeats what the title says, so it is silent. */
export function Cover({ url, sizes, className, eager = false }: Props) {
  const { imagekit_url_endpoint: endpoint } = useConfig();
  return (
    <img
      className={className}
      src={sized(url, 1200, endpoint)}
      srcSet={srcSetOf(url, WIDTHS, endpoint)}
      sizes={sizes}
      alt=""
      loading={eager ? "eager" : "lazy"}
      fetchPriority={eager ? "high" : "auto"}
    />
  );
}
