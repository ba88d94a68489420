// Where what a run decided is shown on other screens.
import { queryText } from "@/api/client";
import type { Entry, Run } from "../shapes";

/** The fields that chose the layers of a decision: what the rules screen needs to show the same stack. */
function dimensions(run: Run, layers: readonly string[]): Record<string, string> {
  const named = Object.entries(run.fields).filter(([, value]) => typeof value === "string" && value !== "");
  const choosing = named.filter(([, value]) => layers.some((layer) => `/${layer}/`.includes(`/${String(value)}/`)));
  return Object.fromEntries(choosing.map(([name, value]) => [name, String(value)]));
}

/** The rules of the layer stack by which this was decided. */
export function rulesLink(run: Run, entry: Entry): string {
  return `/rules${queryText({ decision: entry.decision, ...dimensions(run, entry.layers ?? []) })}`;
}

/** The decide screen, with the facts that this decision was taken on. */
export function decideLink(run: Run, entry: Entry): string {
  return `/decide${queryText({ decision: entry.decision, run: run.id, key: entry.key, entry: entry.number })}`;
}
