import { type ReactNode, useMemo } from "react";

const MOST = 60_000; // characters that are coloured; the rest is plain
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** A value as JSON, to be read. */
export function Json({ value, label }: { value: unknown; label?: string }) {
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? "null", [value]);
  const shown = useMemo(() => (text.length > MOST ? text : coloured(text)), [text]);
  return (
    <pre className="json" tabIndex={0} role="region" aria-label={label ?? "JSON"}>
      {shown}
    </pre>
  );
}

function coloured(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, quoted, colon, word] = match;
    parts.push(text.slice(at, match.index));
    const kind = quoted ? (colon ? "name" : "text") : word ? "word" : "number";
    parts.push(
      <span key={match.index} className={kind}>
        {quoted ?? whole}
      </span>,
      colon ?? "",
    );
    at = match.index + whole.length;
  }
  parts.push(text.slice(at));
  return parts;
}

/** What a text is as JSON: its value, or why it is none with line and column. */
export function readJson(text: string): { value: unknown } | { fault: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const at = /position (\d+)/.exec(message);
    if (!at) return { fault: message };
    const before = text.slice(0, Number(at[1])).split("\n");
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    return { fault: `${place}: ${message.replace(/ (in JSON )?at position.*/, "")}` };
  }
}
