import { type Ref, type UIEvent, useImperativeHandle, useRef } from "react";
import type { Diagnostic } from "@/parts/rules/shapes";

export interface EditorHandle {
  /** Put the cursor there. Lines and columns count from 1. */
  goTo: (line: number, column: number) => void;
}

interface Props {
  label: string;
  text: string;
  onText: (text: string) => void;
  diagnostics: readonly Diagnostic[];
  handle: Ref<EditorHandle>;
}

const LINE = 19; // pixels, as the style has it

/** A text with numbers of lines; those with findings are marked. */
export function Editor({ label, text, onText, diagnostics, handle }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  useImperativeHandle(handle, () => ({
    goTo: (line, column) => {
      const at = offsetOf(text, line, column);
      area.current?.focus();
      area.current?.setSelectionRange(at, at);
      if (area.current) area.current.scrollTop = Math.max(0, (line - 6) * LINE);
    },
  }));
  const follow = (event: UIEvent<HTMLTextAreaElement>): void => {
    if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
  };
  const faulty = new Map(diagnostics.map((found) => [found.line, found]));
  return (
    <div className="editor">
      <div className="gutter" ref={gutter} aria-hidden="true">
        {text.split("\n").map((_, index) => {
          const found = faulty.get(index + 1);
          return (
            <div key={index} data-severity={found?.severity} title={found?.message}>
              {index + 1}
            </div>
          );
        })}
      </div>
      <textarea
        ref={area}
        aria-label={label}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        wrap="off"
        value={text}
        onChange={(event) => onText(event.target.value)}
        onScroll={follow}
      />
    </div>
  );
}

function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const within = Array.from(lines[line - 1] ?? "").slice(0, column - 1).join("").length;
  return before + within;
}
