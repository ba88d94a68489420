// Numbers as they were written: `0.10` stays `0.10` on its way to the service, whatever a double makes of it.

interface ExactJson {
  rawJSON?: (text: string) => unknown;
  isRawJSON?: (value: unknown) => boolean;
}
interface Source {
  source?: string;
}

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const exactly = JSON as typeof JSON & ExactJson;

/** Whether a text is a number as JSON writes it. */
export function isNumber(text: string): boolean {
  return JSON_NUMBER.test(text);
}

/** The number of a text; `JSON.stringify` writes it as it stands. */
export function exactNumber(text: string): unknown {
  if (Number.isSafeInteger(Number(text)) && /^-?\d+$/.test(text)) return Number(text);
  return exactly.rawJSON ? exactly.rawJSON(text) : Number(text);
}

/** The text of a number, be it exact; null for anything else. */
export function numberText(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  if (exactly.isRawJSON?.(value)) return (value as { rawJSON: string }).rawJSON;
  return null;
}

/** A value of a JSON text, its numbers exact. Throws `SyntaxError`. */
export function parseExactly(text: string): unknown {
  const reviver = (_: string, value: unknown, context?: Source): unknown =>
    typeof value === "number" && context?.source !== undefined ? exactNumber(context.source) : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}
