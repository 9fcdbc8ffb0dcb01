import { useId } from "react";
import { Field } from "@/components/field";
import { useCount } from "@/features/post/api/count";

interface Props {
  value: string;
  onChange: (category: string) => void;
  error?: string | undefined;
}

/** A category that exists, or a new one. */
export function CategoryField({ value, onChange, error }: Props) {
  const names = Object.keys(useCount().data?.categories ?? {}).filter(Boolean);
  const id = useId();
  return (
    <Field label="Category" error={error}>
      {(described) => (
        <>
          <input
            {...described}
            list={id}
            value={value}
            maxLength={60}
            autoComplete="off"
            onChange={(event) => onChange(event.target.value)}
          />
          <datalist id={id}>
            {names.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
