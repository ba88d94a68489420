import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Button } from "./Button";
import { ProblemView } from "./Problem";

const FIRST = ".inside :is(input, select, textarea):not(:disabled)";

interface Props {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ReactNode;
}

/**
 * A modal dialog while it is mounted. Escape closes it, and so does a press beside it, unless something was typed.
 * The focus goes back to where it was, or to the screen where that is gone by then.
 */
export function Dialog({ title, onClose, wide = false, children }: Props) {
  const frame = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const typed = useRef(false);
  useEffect(() => {
    const before = document.activeElement;
    const dialog = frame.current;
    if (dialog && !dialog.open) {
      dialog.showModal();
      dialog.querySelector<HTMLElement>(FIRST)?.focus(); // rather than the button that closes it
    }
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
      setTimeout(focusScreen, GONE);
    };
  }, []);
  return (
    <dialog
      ref={frame}
      className={wide ? "wide" : undefined}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={(event) => {
        if (event.target === frame.current) onClose(); // a second Escape closes it whatever we say
      }}
      onInput={() => {
        typed.current = true;
      }}
      onMouseDown={(event) => {
        if (event.target === frame.current && !typed.current) onClose();
      }}
    >
      <header>
        <h2 id={heading}>{title}</h2>
        <Button kind="quiet" icon="close" aria-label="Close" onClick={onClose} />
      </header>
      {children}
    </dialog>
  );
}

const GONE = 600; // milliseconds after which what was pressed may be gone, since it was done

/** Let who uses the keyboard go on from the screen, not from the beginning of the page. */
function focusScreen(): void {
  if (document.activeElement === document.body) document.querySelector<HTMLElement>("main")?.focus();
}

interface ConfirmProps {
  title: string;
  /** What the button says: the verb itself, such as `Cancel run`. */
  verb: string;
  danger?: boolean;
  wide?: boolean;
  /** It cannot be confirmed yet: the preview is not there, or the form not filled in. */
  blocked?: boolean;
  /** Does it; what it throws is shown and the dialog stays. */
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  /** The preview: what exactly is going to happen, to what. And the fields that the order needs. */
  children: ReactNode;
}

/** Asks before something is done, shows what it is, and tells when it failed. */
export function Confirm({ title, verb, danger, wide, blocked, onConfirm, onClose, children }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirm = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy || blocked) return;
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose} {...(wide ? { wide } : {})}>
      <form onSubmit={(event) => void confirm(event)}>
        <div className="inside">
          {children}
          {error !== null && <ProblemView error={error} />}
        </div>
        <footer>
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" kind={danger ? "danger" : "primary"} busy={busy} disabled={blocked}>
            {verb}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
