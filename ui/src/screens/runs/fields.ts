// The fields by which runs are found, and names in the address that are none of them.
import { useQuery } from "@tanstack/react-query";
import { api, got, type Schema } from "@/api/client";
import type { Filters } from "./filters";

export type IndexedField = Schema<"RunFields">["fields"][number];

const NEAR = 2; // letters by which a misspelt name may differ

/** The indexed fields with the values that runs have; nothing where the service cannot tell. */
export function useFields() {
  return useQuery({
    queryKey: ["runs", "fields"],
    queryFn: async () => (await got(api.GET("/v1/runs/fields"))).fields,
    staleTime: 60_000,
    retry: false,
  });
}

/** The filters with the fields that are known alone, and the names of the others. */
export function withKnown(filters: Filters, known: readonly IndexedField[] | undefined): [Filters, string[]] {
  const names = new Set(known?.map(({ name }) => name));
  const others = known ? Object.keys(filters.fields).filter((name) => !names.has(name)) : [];
  if (others.length === 0) return [filters, others];
  const fields = Object.fromEntries(Object.entries(filters.fields).filter(([name]) => names.has(name)));
  return [{ ...filters, fields }, others];
}

/** The known name that was meant, if one is near. */
export function meant(name: string, known: readonly IndexedField[]): string | undefined {
  return known.map((each) => each.name).find((each) => apart(name, each) <= NEAR);
}

/** How many letters must be changed, left out or put in to make one text of another. */
function apart(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 0; i < one.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const changed = (row[j] ?? 0) + Number(one[i] !== other[j]);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
