// What the screen knows of a run, kept up to date by the run's own stream of events.
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { api, got } from "@/api/client";
import { ENDED } from "@/api/types";
import { type RunEvent, useRunEvents } from "@/live/runEvents";
import type { StreamState } from "@/live/sse";
import type { Entry } from "./shapes";

const PAGE = 5_000; // entries of the history in one reply
const GATHER = 120; // milliseconds in which events are taken together
const LARGE = 1_000; // entries from which on the graph and the timeline are asked for less often

/** The run in full. */
export function useRun(run: string) {
  return useQuery({
    queryKey: ["run", run],
    queryFn: () => got(api.GET("/v1/runs/{run}", { params: { path: { run } } })),
  });
}

/** Its graph, with what became of each node and edge. */
export function useGraph(run: string) {
  return useQuery({
    queryKey: ["run", run, "graph"],
    queryFn: ({ signal }) => got(api.GET("/v1/runs/{run}/graph", { params: { path: { run } }, signal })),
    placeholderData: (before) => before,
  });
}

/** Its spans. */
export function useTimeline(run: string) {
  return useQuery({
    queryKey: ["run", run, "timeline"],
    queryFn: ({ signal }) => got(api.GET("/v1/runs/{run}/timeline", { params: { path: { run } }, signal })),
    placeholderData: (before) => before,
    structuralSharing: false,
  });
}

// Not below ["run", id]: what is recorded never changes, so nothing of it is asked for again.
const historyKey = (run: string): string[] => ["history", run];

async function readOn(queries: QueryClient, run: string, signal: AbortSignal): Promise<Entry[]> {
  const entries = [...(queries.getQueryData<Entry[]>(historyKey(run)) ?? [])];
  for (;;) {
    const query = { after: entries.at(-1)?.number ?? 0, limit: PAGE };
    const page = await got(api.GET("/v1/runs/{run}/history", { params: { path: { run }, query }, signal }));
    entries.push(...(page.entries as Entry[]));
    if (page.next === null) return merged(queries.getQueryData<Entry[]>(historyKey(run)) ?? [], entries);
  }
}

/** Both lists as one, by number. */
function merged(before: readonly Entry[], more: readonly Entry[]): Entry[] {
  const last = before.at(-1)?.number ?? 0;
  const fresh = more.filter((entry) => entry.number > last);
  return fresh.length === 0 ? (before as Entry[]) : [...before, ...fresh];
}

/** All entries of its history, and how the stream is that adds to them. */
export function useHistory(run: string, status: string | undefined) {
  const queries = useQueryClient();
  const history = useQuery({
    queryKey: historyKey(run),
    queryFn: ({ signal }) => readOn(queries, run, signal),
    structuralSharing: false, // what is recorded stays as it is: comparing it all would take longer than drawing it
  });
  const size = history.data?.length ?? 0;
  const [gather, moved] = useGathered(queries, run, size);
  const ended = status !== undefined && ENDED.has(status as never);
  const stream: StreamState = useRunEvents(
    run,
    (event: RunEvent) => {
      if (event.type === "problem") return;
      if (typeof event.number === "number") gather(event as Entry);
      moved();
    },
    { after: history.data?.at(-1)?.number ?? 0, enabled: history.isSuccess && !ended },
  );
  const seen = history.isSuccess;
  useEffect(() => {
    // the end may be known from elsewhere before the stream, which stops then, has told its last entries
    if (ended && seen) void queries.invalidateQueries({ queryKey: historyKey(run) });
  }, [ended, seen]);
  return { history, stream: ended ? ("ended" as const) : stream };
}

/** Takes events together, so that a thousand of them draw the page once; and marks what they made old. */
function useGathered(queries: QueryClient, run: string, size: number): [(entry: Entry) => void, () => void] {
  const place = useRef<{ entries: Entry[]; timer?: ReturnType<typeof setTimeout>; old?: ReturnType<typeof setTimeout> }>({
    entries: [],
  });
  const pause = useRef(GATHER);
  pause.current = size < LARGE ? GATHER : GATHER * 12;
  useEffect(() => {
    const here = place.current;
    return () => {
      clearTimeout(here.timer);
      clearTimeout(here.old);
    };
  }, []);
  return useMemo(() => {
    const flush = (): void => {
      const { entries } = place.current;
      place.current.entries = [];
      delete place.current.timer;
      queries.setQueryData<Entry[]>(historyKey(run), (before = []) => merged(before, entries));
    };
    const refresh = (): void => {
      delete place.current.old;
      void queries.invalidateQueries({ queryKey: ["run", run] });
    };
    return [
      (entry: Entry) => {
        place.current.entries.push(entry);
        place.current.timer ??= setTimeout(flush, GATHER);
      },
      () => {
        place.current.old ??= setTimeout(refresh, pause.current);
      },
    ];
  }, [queries, run]);
}
