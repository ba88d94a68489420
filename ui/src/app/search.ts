// The state of a screen that stands in the URL, so that it can be shared: typed, by one codec for each name.
import { useCallback, useMemo } from "react";
import { useSearch } from "wouter";
import { navigate } from "wouter/use-browser-location";

/** How a value is written in the URL; `write` gives null for what needs not stand there. */
export interface Codec<Value> {
  read: (text: string | null) => Value;
  write: (value: Value) => string | null;
}

export const text: Codec<string> = {
  read: (given) => given ?? "",
  write: (value) => (value === "" ? null : value),
};

export const list: Codec<readonly string[]> = {
  read: (given) => (given ? given.split(",").filter(Boolean) : []),
  write: (value) => (value.length === 0 ? null : value.join(",")),
};

export const flag: Codec<boolean> = {
  read: (given) => given === "1",
  write: (value) => (value ? "1" : null),
};

export const wholeNumber: Codec<number | null> = {
  read: (given) => (given !== null && /^\d{1,15}$/.test(given) ? Number(given) : null),
  write: (value) => (value === null ? null : String(value)),
};

/** One of these words; the first is the one that is meant where none stands. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words): Codec<Words[number]> {
  return {
    read: (given) => (given !== null && words.includes(given) ? given : words[0]),
    write: (value) => (value === words[0] ? null : value),
  };
}

/** A codec of whatever: its value goes in and comes out, so no other type fits all of them. */
type Codecs = Record<string, Codec<any>>;
type Values<Shape extends Codecs> = { [Name in keyof Shape]: Shape[Name] extends Codec<infer Value> ? Value : never };
type Change<Shape extends Codecs> = (part: Partial<Values<Shape>>, options?: { replace?: boolean }) => void;

/** The state in the URL and how to change it. Define `shape` outside of the component. Other names are kept. */
export function useSearchState<Shape extends Codecs>(
  shape: Shape,
): [Values<Shape>, Change<Shape>] {
  const search = useSearch();
  const values = useMemo(() => {
    const given = new URLSearchParams(search);
    const entries = Object.entries(shape).map(([name, codec]) => [name, codec.read(given.get(name))]);
    return Object.fromEntries(entries) as Values<Shape>;
  }, [search, shape]);
  const change = useCallback<Change<Shape>>(
    (part, { replace = true } = {}) => {
      const given = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(part)) {
        const written = shape[name as keyof Shape]?.write(value as never);
        if (written === undefined || written === null) given.delete(name);
        else given.set(name, written);
      }
      goTo(window.location.pathname, given, replace);
    },
    [shape],
  );
  return [values, change];
}

/** The query string as pairs, and how to replace all of it: for names that are not known beforehand. */
export function useSearchPairs(): [URLSearchParams, (pairs: URLSearchParams, replace?: boolean) => void] {
  const search = useSearch();
  const pairs = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback(
    (next: URLSearchParams, replace = true) => goTo(window.location.pathname, next, replace),
    [],
  );
  return [pairs, change];
}

function goTo(path: string, pairs: URLSearchParams, replace: boolean): void {
  const query = pairs.toString().replaceAll("%2F", "/").replaceAll("%2C", ",").replaceAll("%3A", ":");
  navigate(query === "" ? path : `${path}?${query}`, { replace });
}
