import { useState } from "react";
import { Confirm, type ConfirmProps } from "@/components/confirm";
import { WhyField } from "@/features/event/components/why-field";
import { LASTING } from "@/features/event/event";

interface Props extends Omit<ConfirmProps, "disabled" | "onOpen" | "onConfirm"> {
  onDeed: (why: string, close: () => void) => void;
}

/** A button that asks why before it acts; who has no reason to give leaves it empty. */
export function Reasoned({ onDeed, children, grave = false, ...rest }: Props) {
  const [why, setWhy] = useState<string>();
  const act = (close: () => void) => onDeed((why ?? "").trim(), close);
  return (
    <Confirm {...rest} grave={grave} onOpen={() => setWhy("")} onConfirm={act}>
      {children}
      {why !== undefined && <WhyField value={why} hint={`${LASTING}; may be empty`} onChange={setWhy} />}
    </Confirm>
  );
}
