// What the service tells by itself (`GET /v1/stream`): one connection for the whole page.
import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { follow, type StreamState } from "./sse";

export interface RunsChanged {
  counts: Record<string, number>;
  /** The runs that changed; null where they are too many to name. */
  changed: string[] | null;
}

export interface AlertsOpen {
  open: number;
  worst: "info" | "warning" | "critical" | null;
}

export interface ResourceState {
  name: string;
  state: string;
  parked: number;
}

/** The events of the stream by name. */
export interface LiveEvents {
  runs: RunsChanged;
  ruleset: unknown;
  resources: { resources: ResourceState[] };
  alerts: AlertsOpen;
}

/** What is known now. `polling`: the service has no stream, so the page asks every few seconds. */
export interface LiveNow {
  state: StreamState | "polling";
  counts: Record<string, number> | null;
  resources: ResourceState[] | null;
  alerts: AlertsOpen | null;
}

const POLL = 5_000; // milliseconds
/** Which cached answers an event makes old. The first parts of the query keys; see ui/README.md. */
const TOUCHED: Record<keyof LiveEvents, string[]> = {
  runs: ["runs", "incidents", "inbox"],
  ruleset: ["ruleset", "rulesets", "decisions", "workflows"],
  resources: ["resources", "scale"],
  alerts: ["alerts"],
};

let now: LiveNow = { state: "connecting", counts: null, resources: null, alerts: null };
const watchers = new Set<() => void>();
const listeners = new Map<string, Set<(data: never) => void>>();

function change(part: Partial<LiveNow>): void {
  now = { ...now, ...part };
  for (const watcher of watchers) watcher();
}

/** Follow the stream, and mark as old what it says has changed. Returns how to stop. */
export function startLive(queries: QueryClient): () => void {
  let poll: ReturnType<typeof setInterval> | undefined;
  let broken = false;
  const stop = follow("/v1/stream", {
    onEvent: (name, data) => heard(queries, name, data),
    onState: (state, status) => {
      const absent = state === "refused" && status === 404;
      change({ state: absent ? "polling" : state });
      if (absent) poll ??= setInterval(() => void queries.invalidateQueries(), POLL);
      if (state === "live" && broken) void queries.invalidateQueries(); // what was missed in between
      broken = state === "again";
    },
  });
  return () => {
    stop();
    clearInterval(poll);
  };
}

function heard(queries: QueryClient, name: string, data: unknown): void {
  if (name === "hello") {
    const all = data as Partial<LiveEvents>;
    for (const part of ["runs", "ruleset", "resources", "alerts"] as const) {
      if (all[part] !== undefined) take(queries, part, all[part]);
    }
  } else if (name in TOUCHED) {
    const part = name as keyof LiveEvents;
    take(queries, part, data as LiveEvents[typeof part]);
    for (const key of TOUCHED[part]) void queries.invalidateQueries({ queryKey: [key] });
    if (part === "runs") touchRuns(queries, (data as RunsChanged).changed);
    for (const listener of listeners.get(name) ?? []) listener(data as never);
  }
}

function take<Name extends keyof LiveEvents>(queries: QueryClient, name: Name, data: LiveEvents[Name]): void {
  if (name === "runs") change({ counts: (data as RunsChanged).counts });
  else if (name === "resources") change({ resources: (data as LiveEvents["resources"]).resources });
  else if (name === "alerts") change({ alerts: data as AlertsOpen });
  else queries.setQueryData(["ruleset"], data);
}

function touchRuns(queries: QueryClient, changed: string[] | null): void {
  if (changed === null) void queries.invalidateQueries({ queryKey: ["run"] });
  else for (const run of changed) void queries.invalidateQueries({ queryKey: ["run", run] });
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** What is known now, as it changes. */
export function useLive(): LiveNow {
  return useSyncExternalStore(subscribe, () => now);
}

/** Hear each event of a name while the component is there. */
export function useLiveEvent<Name extends keyof LiveEvents>(
  name: Name,
  listener: (data: LiveEvents[Name]) => void,
): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const own = (data: LiveEvents[Name]): void => latest.current(data);
    const all = listeners.get(name) ?? new Set();
    listeners.set(name, all.add(own as (data: never) => void));
    return () => {
      all.delete(own as (data: never) => void);
    };
  }, [name]);
}
