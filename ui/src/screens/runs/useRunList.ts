import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { call } from "@/api/client";
import { useLive, useLiveEvent } from "@/live/live";
import { type Filters, listQuery } from "./filters";
import { type Listed, type Page, RunList } from "./runList";

const POLL = 5_000; // milliseconds, where the service tells nothing by itself

export interface Seen {
  from: number;
  to: number;
  /** Whether rows may move: the reader is at the top and looks elsewhere. */
  settled: boolean;
}

const KEPT = "run-list"; // lists that somebody has left, by their filters, among what the queries hold
const KEPT_FOR = 30 * 60_000; // milliseconds

/** The list of runs, kept up to date where the reader looks. `seen` tells where that is.
 *
 * Who comes back from another screen finds the rows and the place that he left; who changes the filters does not.
 */
export function useRunList(filters: Filters, seen: () => Seen): [Listed, RunList] {
  const key = JSON.stringify(filters);
  const queries = useQueryClient();
  const here = useRef(false);
  const list = useMemo(() => {
    const left = here.current ? undefined : queries.getQueryData<RunList>([KEPT, key]);
    if (left) return left;
    const own = JSON.parse(key) as Filters;
    return new RunList(
      (cursor, limit, signal) => call<Page>("/v1/runs", { query: listQuery(own, cursor, limit), signal }),
      own.sort === "newest",
    );
  }, [key, queries]);
  useEffect(() => {
    here.current = true;
    queries.setQueryDefaults([KEPT], { gcTime: KEPT_FOR });
    queries.setQueryData([KEPT, key], list);
    return list.open();
  }, [key, list, queries]);
  useKeptFresh(list, seen);
  return [useSyncExternalStore(list.subscribe, list.current), list];
}

function useKeptFresh(list: RunList, seen: () => Seen): void {
  const { state } = useLive();
  const broken = useRef(false);
  const look = useRef(seen);
  look.current = seen;
  const refresh = useRef((changed: readonly string[] | null) => {
    list.touch(changed);
  });
  refresh.current = (changed) => {
    list.touch(changed);
    const { from, to } = look.current();
    void list.refresh(from, to).then(() => {
      if (look.current().settled) list.settle();
    });
  };
  useLiveEvent("runs", ({ changed }) => refresh.current(changed));
  useEffect(() => {
    if (state === "live" && broken.current) refresh.current(null); // what was missed in between
    if (state === "live") broken.current = false;
    else if (state !== "connecting") broken.current = true;
    if (state !== "polling") return;
    const timer = setInterval(() => refresh.current(null), POLL);
    return () => clearInterval(timer);
  }, [state]);
}
