// Files that somebody has edited here and not yet saved anywhere: kept in this tab.
import { useCallback, useState } from "react";

export type Drafts = Readonly<Record<string, string>>;

const PLACE = "rulesflow.drafts";

function kept(): Drafts {
  try {
    const value = JSON.parse(sessionStorage.getItem(PLACE) ?? "{}") as unknown;
    return typeof value === "object" && value !== null ? (value as Drafts) : {};
  } catch {
    return {};
  }
}

/** The edited files by path, and how to change one: undefined takes the edit back. */
export function useDrafts(): [Drafts, (path: string, text: string | undefined) => void, () => void] {
  const [drafts, setDrafts] = useState(kept);
  const keep = useCallback((next: Drafts): Drafts => {
    if (Object.keys(next).length === 0) sessionStorage.removeItem(PLACE);
    else sessionStorage.setItem(PLACE, JSON.stringify(next));
    return next;
  }, []);
  const change = useCallback(
    (path: string, text: string | undefined) =>
      setDrafts(({ [path]: _, ...others }) => keep(text === undefined ? others : { ...others, [path]: text })),
    [keep],
  );
  return [drafts, change, useCallback(() => setDrafts(keep({})), [keep])];
}
