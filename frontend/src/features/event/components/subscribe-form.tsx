import { type SyntheticEvent, useState } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { ProblemNotice } from "@/components/problem-notice";
import { useSubscribe } from "@/features/event/api/subscriptions";
import { WhyField } from "@/features/event/components/why-field";
import { LASTING } from "@/features/event/event";
import styles from "@/components/sheet-form.module.css";

/** A callback that is told of events from now on; its secret is shown this once. */
export function SubscribeForm() {
  const [type, setType] = useState("");
  const [url, setUrl] = useState("");
  const [why, setWhy] = useState("");
  const subscribe = useSubscribe();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    subscribe.mutate({ type: type.trim(), url: url.trim(), why: why.trim() }, {
      onSuccess: () => {
        setType("");
        setUrl("");
        setWhy("");
      },
    });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.fields}>
        <Field label="Events" hint="Patterns, with commas: post.*, user.deleted; # for all">
          {(described) => (
            <input {...described} required maxLength={1000} spellCheck={false} autoComplete="off" value={type} placeholder="post.*" onChange={(event) => setType(event.target.value)} />
          )}
        </Field>
        <Field label="Callback" hint="Receives each event, signed as svix signs webhooks">
          {(described) => (
            <input {...described} type="url" required maxLength={2000} autoComplete="off" value={url} placeholder="https://" onChange={(event) => setUrl(event.target.value)} />
          )}
        </Field>
        <div className={styles.whole}>
          <WhyField value={why} hint={`${LASTING}; may be empty`} onChange={setWhy} />
        </div>
      </div>
      {subscribe.isError && <ProblemNotice thrown={subscribe.error} />}
      {subscribe.data && (
        <div className={styles.secret} role="status" data-secret-of={subscribe.data.id}>
          <p>
            <b>{subscribe.data.url}</b> is told of {subscribe.data.type} from now on. This secret verifies its signatures, and is
            not shown again:
          </p>
          <code>{subscribe.data.secret}</code>
        </div>
      )}
      <div className={styles.ways}>
        <Button type="submit" look="solid" disabled={subscribe.isPending}>
          {subscribe.isPending ? "Subscribing" : "Subscribe"}
        </Button>
      </div>
    </form>
  );
}
