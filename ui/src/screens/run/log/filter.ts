// Which entries of the log are shown.
import { tellEntry } from "../looks";
import type { Entry } from "../shapes";

export interface Filter {
  types: readonly string[];
  text: string;
}

export function filtered(entries: readonly Entry[], { types, text }: Filter): readonly Entry[] {
  const wanted = text.trim().toLowerCase();
  if (types.length === 0 && wanted === "") return entries;
  return entries.filter(
    (entry) =>
      (types.length === 0 || types.includes(entry.type)) &&
      (wanted === "" || `${entry.path ?? ""} ${tellEntry(entry)}`.toLowerCase().includes(wanted)),
  );
}

/** The types that there are, in the order in which they came first. */
export function typesOf(entries: readonly Entry[]): { type: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { type } of entries) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => ({ type, count }));
}

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** `14:03:22.118` */
export function clock(at: string): string {
  return CLOCK.format(new Date(at));
}
