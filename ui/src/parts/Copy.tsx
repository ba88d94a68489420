import { Icon } from "./Icon";
import { toast } from "./toast";

/** A small button that copies a text. */
export function Copy({ text, what }: { text: string; what: string }) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      toast(`Copied the ${what}`);
    } catch {
      toast(`The browser does not let pages copy here: ${text}`, "bad");
    }
  };
  return (
    <button type="button" className="copy" aria-label={`Copy the ${what}`} onClick={() => void copy()}>
      <Icon name="copy" size={13} />
    </button>
  );
}
