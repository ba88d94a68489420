// Values of facts: by path, and whether two are the same. Numbers may be exact (`parts/exact.ts`).
import { numberText } from "@/parts/exact";

export type Facts = Record<string, unknown>;

/** Whether it is an object of facts, not a number that is kept exact. */
export function isFacts(value: unknown): value is Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value) && numberText(value) === null;
}

/** The facts with another value at a dotted path; undefined and null take it away. */
export function withFact(facts: Facts, path: string, value: unknown): Facts {
  const [name = "", ...rest] = path.split(".");
  if (rest.length > 0) {
    const inner = facts[name];
    return { ...facts, [name]: withFact(isFacts(inner) ? inner : {}, rest.join("."), value) };
  }
  const { [name]: _, ...others } = facts;
  return value === undefined || value === null ? others : { ...facts, [name]: value };
}

/** One set of facts laid over another, object by object. */
export function merged(under: Facts, over: Facts): Facts {
  const all = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const before = all[name];
    all[name] = isFacts(before) && isFacts(value) ? merged(before, value) : value;
  }
  return all;
}

/** A value as one text that equal values share: names sorted, numbers without needless zeros. */
export function canonical(value: unknown): string {
  const number = numberText(value);
  if (number !== null) return /[.]/.test(number) && !/e/i.test(number) ? number.replace(/\.?0+$/, "") : number;
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isFacts(value)) return JSON.stringify(value) ?? "null";
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** Whether two values are the same. */
export function same(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}
