// The answer to a wait: a form of its payload, with what the run does next.
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { call, newKey } from "@/api/client";
import { type Fault, Refusal } from "@/api/problem";
import type { Run } from "@/api/types";
import { Confirm } from "@/parts/Dialog";
import { isUnfinished, type JsonSchema, SchemaForm } from "@/parts/SchemaForm";
import { toast } from "@/parts/toast";

/** A place where a run waits for a signal; `payload` is the JSON Schema of what it takes. */
export interface Wait {
  path: string;
  kind: "signal";
  signal: string;
  until: string | null;
  payload?: JsonSchema;
}

export function Answer({ run, wait, onClose }: { run: Run; wait: Wait; onClose: () => void }) {
  const schema = wait.payload ?? {};
  const [value, setValue] = useState<unknown>({});
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const queries = useQueryClient();
  const key = useMemo(newKey, []);
  const send = async (): Promise<void> => {
    try {
      await call(`/v1/runs/${run.id}/signals/${encodeURIComponent(wait.signal)}`, {
        body: value ?? null,
        headers: { "Idempotency-Key": key },
      });
    } catch (error) {
      if (error instanceof Refusal) setFaults(error.problem.errors);
      throw error;
    }
    toast(`The answer is taken in: ${wait.signal}`);
    await queries.invalidateQueries();
  };
  return (
    <Confirm
      title={`Answer ${wait.signal}`}
      verb="Send the answer"
      blocked={isUnfinished(schema, value)}
      onConfirm={send}
      onClose={onClose}
    >
      <p>
        Run <code>{run.id}</code> of {run.workflow} goes on from <strong>{wait.path}</strong> with what you send. It
        cannot be taken back.
      </p>
      <SchemaForm schema={schema} value={value} onChange={setValue} faults={faults} />
    </Confirm>
  );
}
