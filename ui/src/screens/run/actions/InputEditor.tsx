import { useRef } from "react";
import type { Fault } from "@/api/problem";
import { JsonField } from "@/parts/JsonField";
import { placeOf } from "./pointers";

interface Props {
  label: string;
  text: string;
  onText: (text: string) => void;
  /** What the service found wrong; pointers into the text, or into the body of which it is `/input`. */
  faults: readonly Fault[];
}

/** A JSON text to edit; what the service finds wrong with it leads to its place. */
export function InputEditor({ label, text, onText, faults }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const go = (at: number): void => {
    const area = frame.current?.querySelector("textarea");
    area?.focus();
    area?.setSelectionRange(at, at);
  };
  const places = faults
    .filter((fault) => fault.pointer !== "")
    .map((fault) => ({ fault, place: placeOf(text, fault.pointer.replace(/^\/input/, "")) }));
  return (
    <div className="stack tight" ref={frame}>
      <JsonField label={label} text={text} onText={onText} rows={Math.min(18, Math.max(6, text.split("\n").length + 1))} />
      {places.length > 0 && (
        <ul className="run-faults" aria-label="What is wrong with it">
          {places.map(({ fault, place }) => (
            <li key={`${fault.pointer} ${fault.code}`}>
              {place ? (
                <button type="button" onClick={() => go(place.offset)}>
                  line {place.line}
                </button>
              ) : (
                <code>{fault.pointer}</code>
              )}{" "}
              {fault.message}
              {fault.hint && <span className="dim"> — {fault.hint}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
