import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/confirm";
import { WhyField } from "@/features/event/components/why-field";

interface Props {
  label: string;
  title: string;
  /** The deed, in a verb: "Pause". */
  deed: string;
  refusal?: string;
  children: ReactNode;
  pending: boolean;
  thrown: unknown;
  look?: "quiet" | "line" | "solid";
  grave?: boolean;
  onDeed: (why: string, close: () => void) => void;
}

/** A button that asks why before it acts; who has no reason to give leaves it empty. */
export function Reasoned({ onDeed, children, grave = false, ...rest }: Props) {
  const [why, setWhy] = useState<string>();
  const act = (close: () => void) => onDeed((why ?? "").trim(), close);
  return (
    <Confirm {...rest} grave={grave} onOpen={() => setWhy("")} onConfirm={act}>
      {children}
      {why !== undefined && <WhyField value={why} hint="Stays in the list of actions; may be empty" onChange={setWhy} />}
    </Confirm>
  );
}
