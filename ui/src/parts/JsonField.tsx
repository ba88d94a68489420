import { Field } from "./Field";
import { readJson } from "./Json";

interface Props {
  label: string;
  text: string;
  onText: (text: string) => void;
  rows?: number;
  hint?: string;
}

/** A text that must be JSON; says where it is not. Use `readJson(text)` for its value. */
export function JsonField({ label, text, onText, rows = 12, hint }: Props) {
  const read = text.trim() === "" ? { fault: "" } : readJson(text);
  return (
    <Field label={label} hint={hint} fault={"fault" in read ? read.fault : undefined}>
      {(given) => (
        <textarea
          {...given}
          className="input"
          rows={rows}
          spellCheck={false}
          value={text}
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </Field>
  );
}
