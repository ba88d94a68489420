// What a person orders of a run. Each order goes out with an Idempotency-Key, so that it is carried out once.
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { call, newKey } from "@/api/client";
import { toast } from "@/parts/toast";
import type { Run } from "../shapes";

export type Action = "pause" | "resume" | "cancel" | "retry" | "rerun";

const DONE: Record<Action, string> = {
  pause: "Told to pause",
  resume: "Goes on",
  cancel: "Told to cancel",
  retry: "Tried again",
  rerun: "Runs again",
};

/** Mark as old what an order changes. */
function refresh(queries: QueryClient, run: string): void {
  for (const key of [["run", run], ["history", run], ["runs"], ["incidents"], ["inbox"]]) {
    void queries.invalidateQueries({ queryKey: key });
  }
}

/** Sends orders: what is sent again unchanged keeps its key, so a reply that got lost does no harm. */
export function useOrders(run: string) {
  const queries = useQueryClient();
  const sent = useRef({ text: "", key: "" });
  const post = async <Reply>(path: string, body: unknown): Promise<Reply> => {
    const text = path + JSON.stringify(body);
    if (sent.current.text !== text) sent.current = { text, key: newKey() };
    const headers = { "Idempotency-Key": sent.current.key };
    const reply = await call<Reply>(`/v1/runs/${encodeURIComponent(run)}/${path}`, { method: "POST", body, headers });
    refresh(queries, run);
    return reply;
  };
  return {
    /** Gives an order; the run as it stands after it, or two seconds later. */
    order: async (action: Action, body: Record<string, unknown>): Promise<Run> => {
      const reply = await post<Run>(action, body);
      queries.setQueryData(["run", run], reply);
      toast(`${DONE[action]}: the run is ${reply.status}`);
      return reply;
    },
    signal: async (name: string, payload: unknown): Promise<void> => {
      await post(`signals/${encodeURIComponent(name)}`, payload);
      toast(`Sent ${name}`);
    },
  };
}
