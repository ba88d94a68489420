// Which runs are shown: as it stands in the URL, and as the service is asked.
import { useCallback, useMemo } from "react";
import type { Query } from "@/api/client";
import { type RunStatus, STATUSES } from "@/api/types";
import { useSearchPairs } from "@/app/search";

/** The lengths of time that the list offers, with their seconds. */
export const SPANS = {
  "15m": ["Last 15 minutes", 900],
  "1h": ["Last hour", 3_600],
  "1d": ["Last 24 hours", 86_400],
  "7d": ["Last 7 days", 604_800],
  "30d": ["Last 30 days", 2_592_000],
} as const;

export type Span = keyof typeof SPANS;

export interface Filters {
  workflow: string;
  status: readonly RunStatus[];
  /** Begun within this time before now; empty for any. */
  last: Span | "";
  since: string;
  until: string;
  fingerprint: string;
  /** Indexed fields of the input by their dotted names. */
  fields: Readonly<Record<string, string>>;
  sort: "newest" | "oldest";
}

export const NO_FILTERS: Filters = {
  workflow: "",
  status: [],
  last: "",
  since: "",
  until: "",
  fingerprint: "",
  fields: {},
  sort: "newest",
};

const OWN = new Set(["workflow", "status", "last", "since", "until", "fingerprint", "sort"]);
const STEP = 10_000; // milliseconds to which "now" is rounded, so that one question is asked once

function read(pairs: URLSearchParams): Filters {
  const last = pairs.get("last") ?? "";
  const status = (pairs.get("status") ?? "").split(",");
  return {
    workflow: pairs.get("workflow") ?? "",
    status: STATUSES.filter((each) => status.includes(each)),
    last: last in SPANS ? (last as Span) : "",
    since: pairs.get("since") ?? "",
    until: pairs.get("until") ?? "",
    fingerprint: pairs.get("fingerprint") ?? "",
    fields: Object.fromEntries([...pairs].filter(([name, value]) => !OWN.has(name) && value !== "")),
    sort: pairs.get("sort") === "oldest" ? "oldest" : "newest",
  };
}

function write({ fields, status, sort, ...texts }: Filters): URLSearchParams {
  const pairs = new URLSearchParams();
  const all = { ...texts, status: status.join(","), sort: sort === "oldest" ? sort : "", ...fields };
  for (const [name, value] of Object.entries(all)) if (value !== "") pairs.set(name, value);
  return pairs;
}

/** The filters in the URL, and how to change some of them. */
export function useFilters(): [Filters, (part: Partial<Filters>) => void] {
  const [pairs, setPairs] = useSearchPairs();
  const text = pairs.toString();
  const filters = useMemo(() => read(new URLSearchParams(text)), [text]);
  const change = useCallback(
    (part: Partial<Filters>) => setPairs(write({ ...read(new URLSearchParams(window.location.search)), ...part })),
    [setPairs],
  );
  return [filters, change];
}

/** Whether any run fits. */
export function unfiltered(filters: Filters): boolean {
  return write({ ...filters, sort: "newest" }).size === 0;
}

/** The filters as the service reads them, without the order of the list. */
export function asked({ fields, status, last, since, until, workflow, fingerprint }: Filters): Record<string, string> {
  const begun = last === "" ? since : new Date(roundedNow() - SPANS[last][1] * 1000).toISOString();
  const given = { workflow, status: status.join(","), fingerprint, since: begun, until, ...fields };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}

/** The query of a list. */
export function listQuery(filters: Filters, cursor: string | null, limit: number): Query {
  return { ...asked(filters), sort: filters.sort === "oldest" ? "oldest" : null, cursor, limit };
}

function roundedNow(): number {
  return Math.floor(Date.now() / STEP) * STEP;
}

/** The filters in words, for a preview. */
export function inWords(filters: Filters): string[] {
  const words = Object.entries(filters.fields).map(([name, value]) => `${name} is ${value}`);
  if (filters.workflow) words.unshift(`workflow is ${filters.workflow}`);
  if (filters.status.length) words.push(`status is ${filters.status.join(" or ")}`);
  if (filters.fingerprint) words.push(`incident is ${filters.fingerprint}`);
  if (filters.last) words.push(`begun in the ${SPANS[filters.last][0].toLowerCase()}`);
  if (filters.since) words.push(`begun at ${filters.since} or later`);
  if (filters.until) words.push(`begun before ${filters.until}`);
  return words;
}
