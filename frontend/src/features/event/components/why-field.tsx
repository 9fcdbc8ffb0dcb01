import { Field } from "@/components/field";

interface Props {
  value: string;
  hint?: string;
  onChange: (why: string) => void;
}

/** The reason of a decision, in the words of whoever takes it. */
export function WhyField({ value, hint = "Stays in its history", onChange }: Props) {
  return (
    <Field label="Why" hint={hint}>
      {(described) => (
        <input {...described} value={value} maxLength={500} autoComplete="off" onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  );
}
