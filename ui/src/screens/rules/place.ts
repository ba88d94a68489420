// The place in the rules' files that the address names: `#file=base/refund.yaml&line=41`, with `&digest=` for another ruleset.
import { useMemo } from "react";
import { navigate, useLocationProperty } from "wouter/use-browser-location";
import { filePath } from "@/parts/FileLink";

export interface FilePlace {
  file: string;
  line: number | null;
  digest: string | null;
}

/** The place, null where the address names none; and how to go to another. */
export function useFilePlace(): [FilePlace | null, (place: FilePlace | null) => void] {
  const hash = useLocationProperty(() => window.location.hash);
  const place = useMemo(() => read(hash), [hash]);
  return [place, go];
}

function read(hash: string): FilePlace | null {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const file = given.get("file");
  if (!file) return null;
  const line = Number(given.get("line"));
  return { file, line: Number.isSafeInteger(line) && line > 0 ? line : null, digest: given.get("digest") };
}

function go(place: FilePlace | null): void {
  const here = window.location.pathname + window.location.search;
  navigate(place === null ? here : here + filePath(place).slice(filePath(place).indexOf("#")));
}
