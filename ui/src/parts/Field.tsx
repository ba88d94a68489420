import { type ReactNode, useId } from "react";

interface Given {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

interface Props {
  label: ReactNode;
  hint?: ReactNode;
  fault?: ReactNode;
  /** Draws the input with what ties it to its label: `{(given) => <input className="input" {...given} />}`. */
  children: (given: Given) => ReactNode;
}

/** An input with its label, its hint, and what is wrong with it. */
export function Field({ label, hint, fault, children }: Props) {
  const id = useId();
  const told = hint || fault ? { "aria-describedby": `${id}-told` } : {};
  const wrong = fault ? { "aria-invalid": true as const } : {};
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, ...told, ...wrong })}
      {(hint || fault) && (
        <div id={`${id}-told`} className={fault ? "fault" : "hint"}>
          {fault || hint}
        </div>
      )}
    </div>
  );
}
