import { type SyntheticEvent, useState } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { ProblemNotice } from "@/components/problem-notice";
import styles from "@/components/sheet-form.module.css";
import { useCreate } from "@/features/user/api/create";
import { namesOf } from "@/features/user/user";

/** Has Clerk make an account; the member appears in the list when Clerk has told of it. */
export function MemberForm() {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const create = useCreate();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate({ email: email.trim(), ...namesOf(name) }, {
      onSuccess: () => {
        setEmail("");
        setName("");
      },
    });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.fields}>
        <Field label="Name">
          {(described) => (
            <input {...described} required maxLength={200} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label="E-mail" hint="The member signs in with it">
          {(described) => (
            <input {...described} type="email" required maxLength={250} autoComplete="off" value={email} onChange={(event) => setEmail(event.target.value)} />
          )}
        </Field>
      </div>
      {create.isError && <ProblemNotice thrown={create.error} />}
      <div className={styles.ways}>
        <Button type="submit" look="solid" disabled={create.isPending}>
          {create.isPending ? "Adding" : "Add member"}
        </Button>
        {create.isSuccess && <p role="status">Clerk has made the account. It is listed here in a moment.</p>}
      </div>
    </form>
  );
}
