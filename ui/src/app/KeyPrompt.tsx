import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { currentKey, keepKey, useKeyAsked } from "@/api/key";
import { Button } from "@/parts/Button";
import { Dialog } from "@/parts/Dialog";
import { Field } from "@/parts/Field";

/** Asks for an API key once the service wants one. `onKey`: connect again. */
export function KeyPrompt({ onKey }: { onKey: () => void }) {
  const asked = useKeyAsked();
  return asked ? <Prompt onKey={onKey} /> : null;
}

function Prompt({ onKey }: { onKey: () => void }) {
  const queries = useQueryClient();
  const [key, setKey] = useState("");
  const refused = currentKey() !== null;
  const keep = (event: FormEvent): void => {
    event.preventDefault();
    if (key.trim() === "") return;
    keepKey(key.trim());
    onKey();
    void queries.resetQueries();
  };
  return (
    <Dialog title="This service wants an API key" onClose={() => undefined}>
      <form onSubmit={keep}>
        <div className="inside">
          <p>It is kept in this tab only, and sent to this service only.</p>
          <Field
            label="API key"
            hint="One of those in RULESFLOW_API_KEYS: what stands behind the colon"
            fault={refused ? "The key that this tab had is not known here" : undefined}
          >
            {(given) => (
              <input
                {...given}
                className="input"
                type="password"
                autoComplete="off"
                autoFocus
                value={key}
                onChange={(event) => setKey(event.target.value)}
              />
            )}
          </Field>
        </div>
        <footer>
          <Button type="submit" kind="primary" disabled={key.trim() === ""}>
            Use this key
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
