import { Badge } from "@/parts/Badge";
import type { Diagnostic } from "./shapes";
import "./rules.css";

interface Props {
  diagnostics: readonly Diagnostic[];
  /** The text of a file, for findings that have no line of their own. */
  textOf?: (file: string) => string | null | undefined;
  /** Go to a place; without it places are plain text. */
  onGo?: (found: Diagnostic) => void;
}

/** What is wrong with the files: code, place, words, hint, and the line with a caret. */
export function Diagnostics({ diagnostics, textOf, onGo }: Props) {
  return (
    <ul className="diagnostics">
      {diagnostics.map((found, index) => (
        <li key={index} data-severity={found.severity}>
          <div className="row wrap tight">
            <Badge tone={found.severity === "error" ? "bad" : "warn"} shape={found.severity === "error" ? "cross" : "bang"}>
              {found.code}
            </Badge>
            <Where found={found} {...(onGo ? { onGo } : {})} />
          </div>
          <p>
            {found.message}
            {found.hint && <span className="hint"> — {found.hint}</span>}
          </p>
          <Caret found={found} text={textOf?.(found.file)} />
        </li>
      ))}
    </ul>
  );
}

function Where({ found, onGo }: { found: Diagnostic; onGo?: (found: Diagnostic) => void }) {
  const place = `${found.file}:${found.line}:${found.column}`;
  if (!onGo) return <code>{place}</code>;
  return (
    <button type="button" className="as-link mono" onClick={() => onGo(found)}>
      {place}
    </button>
  );
}

function Caret({ found, text }: { found: Diagnostic; text: string | null | undefined }) {
  const line = found.text ?? text?.split("\n")[found.line - 1];
  if (line === undefined) return null;
  const number = String(found.line);
  const before = Array.from(line).slice(0, found.column - 1).join("").replace(/[^\t]/gu, " ");
  return (
    <pre className="caret">
      <span className="dim">{number} │ </span>
      {line}
      {"\n"}
      <span className="dim">{" ".repeat(number.length)} │ </span>
      {before}
      <b>^</b>
    </pre>
  );
}
