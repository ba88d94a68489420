// The facts of the form and their JSON text, which go in step.
import { useCallback, useState } from "react";
import { parseExactly } from "@/parts/exact";
import { type Facts, isFacts } from "./values";

export interface FactsState {
  facts: Facts;
  /** As JSON; may be broken while somebody types, then the facts stay as they were. */
  text: string;
  broken: boolean;
  /** Grows whenever the facts come from elsewhere than the form, which then is drawn anew. */
  revision: number;
}

/** `edit`: from the form; `type`: from the JSON text; `fill`: from a case, a run, a flip. */
export interface FactsActions {
  edit: (facts: Facts) => void;
  type: (text: string) => void;
  fill: (facts: Facts) => void;
}

function written(facts: Facts): string {
  return JSON.stringify(facts, null, 2);
}

export function useFacts(first: Facts): [FactsState, FactsActions] {
  const [state, setState] = useState<FactsState>({ facts: first, text: written(first), broken: false, revision: 0 });
  const edit = useCallback(
    (facts: Facts) => setState((before) => ({ ...before, facts, text: written(facts), broken: false })),
    [],
  );
  const fill = useCallback(
    (facts: Facts) =>
      setState((before) => ({ facts, text: written(facts), broken: false, revision: before.revision + 1 })),
    [],
  );
  const type = useCallback((text: string) => {
    const facts = read(text);
    setState((before) =>
      facts === null
        ? { ...before, text, broken: true }
        : { facts, text, broken: false, revision: before.revision + 1 },
    );
  }, []);
  return [state, { edit, type, fill }];
}

/** The facts of a JSON text; null where it is none, or no object. */
export function read(text: string): Facts | null {
  try {
    const value = parseExactly(text);
    return isFacts(value) ? value : null;
  } catch {
    return null;
  }
}
