// Answers what a run waits for: a form for the signal's payload. Nothing is sent before it is confirmed.
import { type ReactNode, useState } from "react";
import { type Fault, Refusal } from "@/api/problem";
import { Confirm } from "./Dialog";
import { Field } from "./Field";
import { whole } from "./format";
import { readJson } from "./Json";
import { JsonField } from "./JsonField";
import { isUnfinished, type JsonSchema, SchemaForm } from "./SchemaForm";
import { Ago } from "./Time";

/** A place where a run waits for a signal; `payload`: the JSON Schema of what it takes, null where it is not known. */
export interface SignalWait {
  path: string;
  signal?: string | null;
  until?: string | null;
  payload?: JsonSchema | null;
}

interface Props {
  /** At least one; of several one is chosen. */
  waits: readonly SignalWait[];
  /** Sends the payload; what it throws is shown, and faults stand at their fields. */
  onSend: (wait: SignalWait, payload: unknown) => Promise<unknown>;
  onClose: () => void;
  /** What the run does with a payload. */
  next?: (wait: SignalWait, payload: unknown) => ReactNode;
}

const MOST = 500; // waits that can be chosen from

export function SignalDialog({ waits, ...props }: Props) {
  const [at, setAt] = useState(0);
  const wait = waits[at];
  if (!wait) return null;
  const choose =
    waits.length === 1 ? null : (
      <Field label="Which wait" hint={waits.length > MOST ? `The first ${MOST} of ${whole(waits.length)}` : undefined}>
        {(given) => (
          <select {...given} className="input" value={at} onChange={(event) => setAt(Number(event.target.value))}>
            {waits.slice(0, MOST).map((each, index) => (
              <option key={each.path} value={index}>
                {each.path}: {each.signal}
              </option>
            ))}
          </select>
        )}
      </Field>
    );
  return <Answer key={at} wait={wait} choose={choose} {...props} />;
}

interface AnswerProps extends Omit<Props, "waits"> {
  wait: SignalWait;
  choose: ReactNode;
}

function Answer({ wait, choose, onSend, onClose, next }: AnswerProps) {
  const [payload, setPayload] = useState<unknown>(undefined);
  const [text, setText] = useState("null");
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const name = wait.signal ?? "";
  const schema = wait.payload ?? null;
  const typed = readJson(text);
  const blocked = schema === null ? "fault" in typed : isUnfinished(schema, payload);
  const send = async (): Promise<void> => {
    setFaults([]);
    try {
      await onSend(wait, schema === null && "value" in typed ? typed.value : (payload ?? {}));
    } catch (error) {
      if (error instanceof Refusal) setFaults(error.problem.errors);
      throw error;
    }
  };
  return (
    <Confirm title={`Answer ${name}`} verb={`Send ${name}`} blocked={blocked} onConfirm={send} onClose={onClose}>
      {choose}
      <p>
        The run waits at <strong>{wait.path}</strong>
        {wait.until && (
          <>
            ; its time is up <Ago at={wait.until} />
          </>
        )}
        . Nothing is sent before you press the button.
      </p>
      {schema === null ? (
        <JsonField label="Payload, as JSON" text={text} onText={setText} rows={6} />
      ) : (
        <SchemaForm schema={schema} value={payload} onChange={setPayload} faults={faults} radios />
      )}
      {next?.(wait, payload)}
    </Confirm>
  );
}
