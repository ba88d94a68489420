// The events of one run (`GET /v1/runs/{run}/events`), for the screen that shows it.
import { useEffect, useRef, useState } from "react";
import { follow, type StreamState } from "./sse";

export interface RunEvent {
  type: string;
  number?: number;
  at?: string;
  path?: string;
  status?: string;
  [more: string]: unknown;
}

/** Follow a run from an entry of its history on; it ends with the run. Returns how the stream is. */
export function useRunEvents(
  run: string,
  onEvent: (event: RunEvent) => void,
  { after = 0, enabled = true }: { after?: number; enabled?: boolean } = {},
): StreamState {
  const [state, setState] = useState<StreamState>("connecting");
  const latest = useRef(onEvent);
  latest.current = onEvent;
  useEffect(() => {
    if (!enabled) return;
    const stop = follow(`/v1/runs/${encodeURIComponent(run)}/events?after=${after}`, {
      onEvent: (name, data) => {
        latest.current(data as RunEvent);
        if (name === "end" || name === "problem") {
          setState("ended");
          stop();
        }
      },
      onState: setState,
    });
    return stop;
    // `after` is where the page begins; the stream itself knows how far it is
  }, [run, enabled]);
  return state;
}
