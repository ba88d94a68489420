import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { currentKey, keepKey, useKeyAsked } from "@/api/key";
import { Button } from "@/parts/Button";
import { Dialog } from "@/parts/Dialog";
import { Field } from "@/parts/Field";

/** Asks for an API key once the service wants one. `onKey`: connect again. */
export function KeyPrompt({ onKey }: { onKey: () => void }) {
  const asked = useKeyAsked();
  const [closed, setClosed] = useState(0);
  // Without a key there is nothing to see, so the prompt comes again however it was closed.
  return asked ? <Prompt key={closed} onKey={onKey} onClose={() => setClosed(closed + 1)} /> : null;
}

/** What a key may be, as the service's settings have it. */
const KEY = /^[!-+\--~]+$/;

function Prompt({ onKey, onClose }: { onKey: () => void; onClose: () => void }) {
  const queries = useQueryClient();
  const [key, setKey] = useState("");
  const refused = currentKey() !== null;
  const given = key.trim();
  const wrong = given !== "" && !KEY.test(given) ? "A key holds no blanks, commas, or letters beyond ASCII" : undefined;
  const keep = (event: FormEvent): void => {
    event.preventDefault();
    if (given === "" || wrong) return;
    keepKey(given);
    onKey();
    void queries.resetQueries();
  };
  return (
    <Dialog title="This service wants an API key" onClose={onClose}>
      <form onSubmit={keep}>
        <div className="inside">
          <p>It is kept in this tab only, and sent to this service only.</p>
          <Field
            label="API key"
            hint="One of those in RULESFLOW_API_KEYS: what stands behind the colon"
            fault={wrong ?? (refused && given === "" ? "The key that this tab had is not known here" : undefined)}
          >
            {(input) => (
              <input
                {...input}
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
          <Button type="submit" kind="primary" disabled={given === "" || wrong !== undefined}>
            Use this key
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
