import { type SyntheticEvent, useState } from "react";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { Field } from "@/components/field";
import { ProblemNotice } from "@/components/problem-notice";
import { useConfig } from "@/config/config";
import { useDelete } from "@/features/media/api/delete";
import { useUpdate } from "@/features/media/api/update";
import { type Picture, sizeOf } from "@/features/media/media";
import { sized, srcSetOf } from "@/lib/image";
import { asProblem } from "@/lib/problem";
import styles from "./library.module.css";

const WIDTHS = [320, 640];
const LONGEST_ALT = 200;

/** One picture: what it is, what it shows in words, and the way to be rid of it. */
export function PictureItem({ picture }: { picture: Picture }) {
  const { imagekit_url_endpoint: endpoint } = useConfig();
  const [alt, setAlt] = useState(picture.alt);
  const update = useUpdate(picture.id);
  const remove = useDelete(picture.id);
  const wrong = update.error ? asProblem(update.error) : null;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    update.mutate(alt.trim());
  };
  return (
    <li className={styles.picture} data-picture={picture.id}>
      <img
        src={sized(picture.url, 640, endpoint)}
        srcSet={srcSetOf(picture.url, WIDTHS, endpoint)}
        sizes="(min-width: 46rem) 18rem, 92vw"
        alt={picture.alt || picture.name}
        loading="lazy"
      />
      <p className={styles.facts}>
        <span>{picture.name}</span>
        <span>
          {picture.width} × {picture.height}, {sizeOf(picture.size)}
        </span>
      </p>
      <form className={styles.alt} onSubmit={submit}>
        <Field label="What it shows" error={wrong?.fields["alt"]}>
          {(described) => (
            <input
              {...described}
              value={alt}
              maxLength={LONGEST_ALT}
              autoComplete="off"
              onChange={(event) => setAlt(event.target.value)}
            />
          )}
        </Field>
        {wrong && !wrong.fields["alt"] && <ProblemNotice thrown={wrong} />}
        <div className={styles.tools}>
          <Button type="submit" small disabled={update.isPending || alt.trim() === picture.alt}>
            {update.isPending ? "Saving" : "Save"}
          </Button>
          <Confirm
            label="Delete"
            title={`Delete ${picture.name}?`}
            deed="Delete picture"
            pending={remove.isPending}
            thrown={remove.error}
            onConfirm={() => remove.mutate()}
          >
            <p>Posts that show it will have a gap there. This cannot be undone.</p>
          </Confirm>
        </div>
      </form>
    </li>
  );
}
