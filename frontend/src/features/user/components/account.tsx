import { type SyntheticEvent, useState } from "react";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { Field } from "@/components/field";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { useDelete } from "@/features/user/api/delete";
import { useGet } from "@/features/user/api/get";
import { useUpdate } from "@/features/user/api/update";
import { namesOf, type Profile } from "@/features/user/user";
import { asProblem } from "@/lib/problem";
import styles from "./account.module.css";

/** A member's own data, and the end of the account. */
export function Account({ id, onDeleted }: { id: string; onDeleted: () => void }) {
  const found = useGet(id);
  return (
    <div className={styles.account}>
      {found.isPending && <Lines count={5} />}
      {found.isError && <ProblemNotice thrown={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Names key={found.data.revision} profile={found.data} />}
      <End id={id} onDeleted={onDeleted} />
    </div>
  );
}

function Names({ profile }: { profile: Profile }) {
  const [name, setName] = useState(profile.name);
  const [username, setUsername] = useState(profile.username);
  const update = useUpdate();
  const problem = update.error ? asProblem(update.error) : null;
  const wrong = problem?.fields ?? {};
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    update.mutate({ ...namesOf(name), ...(username.trim() && { username: username.trim() }) });
  };
  return (
    <form className={styles.part} onSubmit={submit}>
      <h2>Name</h2>
      <Field label="Name" hint="It stands over what you write" error={wrong["first_name"] ?? wrong["last_name"]}>
        {(described) => (
          <input
            {...described}
            value={name}
            maxLength={200}
            required
            autoComplete="name"
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label="Username" error={wrong["username"]}>
        {(described) => (
          <input
            {...described}
            value={username}
            maxLength={64}
            autoComplete="username"
            onChange={(event) => setUsername(event.target.value)}
          />
        )}
      </Field>
      {problem && Object.keys(wrong).length === 0 && <ProblemNotice thrown={problem} />}
      <div className={styles.actions}>
        <Button type="submit" look="solid" disabled={update.isPending || !name.trim()}>
          {update.isPending ? "Saving" : "Save"}
        </Button>
        <p role="status">{update.isSuccess && "Saved. It appears everywhere within a few seconds."}</p>
      </div>
    </form>
  );
}

const WORD = "delete";

function End({ id, onDeleted }: { id: string; onDeleted: () => void }) {
  const remove = useDelete(id);
  const [typed, setTyped] = useState("");
  return (
    <section className={styles.part} aria-labelledby="end-title">
      <h2 id="end-title">Delete account</h2>
      <p>Your posts, pictures, comments and likes go with it. Nothing brings them back.</p>
      <Confirm
        look="danger"
        label="Delete my account"
        title="Delete your account?"
        deed="Delete my account"
        pending={remove.isPending}
        disabled={typed.trim().toLowerCase() !== WORD}
        thrown={remove.error}
        onOpen={() => setTyped("")}
        onConfirm={(close) =>
          remove.mutate(undefined, {
            onSuccess: () => {
              close();
              onDeleted();
            },
          })
        }
      >
        <p>Everything that you have written here goes with it, and nothing brings it back.</p>
        <Field label={`Type “${WORD}” to go on`}>
          {(described) => (
            <input {...described} value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
          )}
        </Field>
      </Confirm>
    </section>
  );
}
