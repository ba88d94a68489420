import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { call, newKey } from "@/api/client";
import { type SignalWait, SignalDialog } from "@/parts/SignalDialog";
import { toast } from "@/parts/toast";

interface Props {
  run: string;
  waits: readonly SignalWait[];
  onSent: () => void;
  onClose: () => void;
}

/** Answers one of a run's waits; the list is asked for anew then. */
export function Answer({ run, waits, onSent, onClose }: Props) {
  const queries = useQueryClient();
  const key = useMemo(newKey, []);
  const send = async (wait: SignalWait, payload: unknown): Promise<void> => {
    const path = `/v1/runs/${encodeURIComponent(run)}/signals/${encodeURIComponent(wait.signal ?? "")}`;
    await call(path, { method: "POST", body: payload, headers: { "Idempotency-Key": key } });
    toast(`Sent ${wait.signal}`);
    await queries.invalidateQueries();
    onSent();
  };
  return <SignalDialog waits={waits} onSend={send} onClose={onClose} />;
}
