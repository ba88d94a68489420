import { useEffect, useRef } from "react";
import "./rules.css";

interface Props {
  text: string;
  /** The line to mark and to scroll to. */
  line: number | null;
  label: string;
  /** A line's number was chosen: its address can be shared. */
  onLine?: (line: number) => void;
}

/** A file to read, with numbers of lines. */
export function Source({ text, line, label, onLine }: Props) {
  const marked = useRef<HTMLLIElement>(null);
  useEffect(() => {
    marked.current?.scrollIntoView({ block: "center" }); // which gives a promise in newer browsers: no clean-up
  }, [line, text]);
  const lines = text.replace(/\n$/, "").split("\n");
  return (
    <div className="source" role="region" aria-label={label} tabIndex={0}>
      <ol>
        {lines.map((each, index) => {
          const number = index + 1;
          const here = number === line;
          return (
            <li key={number} ref={here ? marked : undefined} aria-current={here ? "location" : undefined}>
              <button type="button" tabIndex={-1} aria-label={`Line ${number}`} onClick={() => onLine?.(number)}>
                {number}
              </button>
              <code>{coloured(each)}</code>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

const COMMENT = /(^|\s)#.*$/;
const KEY = /^(\s*(?:- )*)([\w$.-]+|"[^"]*")(:)(?=\s|$)/;

/** Comments and keys of YAML, told apart: enough to find one's way. */
function coloured(line: string) {
  const quiet = /["']/.test(line) && !/^\s*#/.test(line) ? null : COMMENT.exec(line);
  const told = quiet ? line.slice(0, quiet.index) : line;
  const comment = quiet ? line.slice(quiet.index) : "";
  const key = KEY.exec(told);
  return (
    <>
      {key ? (
        <>
          {key[1]}
          <span className="key">{key[2]}</span>
          {told.slice((key[1]?.length ?? 0) + (key[2]?.length ?? 0))}
        </>
      ) : (
        told
      )}
      {comment && <span className="comment">{comment}</span>}
      {line === "" && "\u200b"}
    </>
  );
}
