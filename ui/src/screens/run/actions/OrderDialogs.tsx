// Pause, resume, cancel and rerun: each says what it will do before it does it.
import { type ReactNode, useState } from "react";
import { Confirm } from "@/parts/Dialog";
import { parseExactly } from "@/parts/exact";
import { Field } from "@/parts/Field";
import { readJson } from "@/parts/Json";
import type { Links } from "../selection";
import type { Run, RunGraph } from "../shapes";
import { InputEditor } from "./InputEditor";
import { useOrders } from "./orders";
import { undoPlan, type UndoPlan } from "./undoplan";

interface Props {
  run: Run;
  graph: RunGraph | undefined;
  links: Links;
  onClose: () => void;
}

function Reason({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  return (
    <Field label="Reason" hint="It stays in the history.">
      {(given) => <input {...given} className="input" value={value} onChange={(event) => onValue(event.target.value)} />}
    </Field>
  );
}

/** The calls in flight, which finish first. */
function inFlight(run: Run): string[] {
  return run.waiting_for
    .filter((wait) => wait.kind === "call")
    .map((wait) => wait.path);
}

function InFlight({ run }: { run: Run }) {
  const calls = inFlight(run);
  if (calls.length === 0) return null;
  return (
    <p>
      {calls.length === 1 ? "The call in flight finishes first: " : "The calls in flight finish first: "}
      <strong>{calls.slice(0, 8).join(", ")}</strong>
      {calls.length > 8 && ` and ${calls.length - 8} more`}.
    </p>
  );
}

export function PauseDialog({ run, onClose }: Props) {
  const [reason, setReason] = useState("");
  const { order } = useOrders(run.id);
  return (
    <Confirm title="Pause this run" verb="Pause" onConfirm={() => order("pause", { reason })} onClose={onClose}>
      <div className="run-preview">
        <InFlight run={run} />
        <p>Nothing more begins until somebody lets it go on. Waits and their time limits go on.</p>
      </div>
      <Reason value={reason} onValue={setReason} />
    </Confirm>
  );
}

export function ResumeDialog({ run, onClose }: Props) {
  const [reason, setReason] = useState("");
  const { order } = useOrders(run.id);
  return (
    <Confirm title="Let this run go on" verb="Resume" onConfirm={() => order("resume", { reason })} onClose={onClose}>
      <p className="run-preview">It goes on at once{run.at.length > 0 && <> at <strong>{run.at.join(", ")}</strong></>}.</p>
      <Reason value={reason} onValue={setReason} />
    </Confirm>
  );
}

export function CancelDialog({ run, graph, links, onClose }: Props) {
  const [reason, setReason] = useState("");
  const { order } = useOrders(run.id);
  const plan = graph ? undoPlan(run, graph, links) : null;
  return (
    <Confirm title="Cancel this run" verb="Cancel run" danger onConfirm={() => order("cancel", { reason })} onClose={onClose}>
      {plan !== null && plan.committed !== null ? (
        <div className="problem" data-tone="warn">
          <h3>It can no longer be cancelled</h3>
          <p>
            <strong>{plan.committed}</strong> has completed and commits, so the service will refuse.
          </p>
        </div>
      ) : (
        <Undos plan={plan} none="Nothing that was done has to be taken back.">
          <InFlight run={run} />
        </Undos>
      )}
      <Reason value={reason} onValue={setReason} />
    </Confirm>
  );
}

/** What is taken back, in this order. */
function Undos({ plan, none, children }: { plan: UndoPlan | null; none: string; children?: ReactNode }) {
  if (plan === null) {
    return <p className="run-preview">The graph is not there, so the page cannot tell what will be taken back.</p>;
  }
  return (
    <div className="run-preview stack tight">
      {children}
      {plan.undos.length === 0 ? (
        <p>{none}</p>
      ) : (
        <>
          <p>These steps are taken back, in this order:</p>
          <ol className="run-undos" aria-label="Steps that are taken back">
            {plan.undos.slice(0, 50).map((undo) => (
              <li key={undo.key}>
                <strong>{undo.path}</strong> {undo.step ? <>by <span className="mono">{undo.step}</span></> : <span className="dim">as its own workflow says</span>}
                {undo.unknown && <span className="dim">, although its effect is not known</span>}
              </li>
            ))}
          </ol>
          {plan.undos.length > 50 && <p>and {plan.undos.length - 50} more</p>}
        </>
      )}
      {plan.kept.length > 0 && <p className="dim">These have no undo, so they stay done: {[...new Set(plan.kept)].slice(0, 12).join(", ")}.</p>}
    </div>
  );
}

/** Runs again from a step on. */
export function RerunDialog({ run, graph, links, onClose, first }: Props & { first: string | null }) {
  const steps = [...new Set(run.path.map((each) => each.path).filter((path) => !path.includes("/")))];
  const [from, setFrom] = useState(first !== null && steps.includes(first) ? first : (steps.at(-1) ?? ""));
  const [edited, setEdited] = useState<string | null>(null);
  const [latest, setLatest] = useState(false);
  const [reason, setReason] = useState("");
  const { order } = useOrders(run.id);
  const plan = graph ? undoPlan(run, graph, links, from) : null;
  const verb = graph?.nodes.find((node) => node.path === from)?.kind ?? "";
  const takesInput = verb === "call" || verb === "decide" || verb === "run";
  const blocked = from === "" || (edited !== null && takesInput && "fault" in readJson(edited));
  const last = links.entriesOf(from).findLast((entry) => entry.input !== undefined)?.input ?? {};
  const send = (): Promise<unknown> =>
    order("rerun", {
      from,
      ...(edited !== null && takesInput ? { input: parseExactly(edited) } : {}),
      ...(latest ? { rules: "latest" } : {}),
      ...(reason === "" ? {} : { reason }),
    });
  return (
    <Confirm title="Run again from a step on" verb={`Rerun from ${from || "…"}`} danger blocked={blocked} wide={edited !== null} onConfirm={send} onClose={onClose}>
      <Field label="From" hint="The steps of the run's own list that it has come to">
        {(given) => (
          <select {...given} className="input" value={from} onChange={(event) => { setFrom(event.target.value); setEdited(null); }}>
            {steps.map((path) => (
              <option key={path}>{path}</option>
            ))}
          </select>
        )}
      </Field>
      {plan !== null && plan.committed !== null ? (
        <div className="problem" data-tone="warn">
          <h3>It stays done</h3>
          <p>
            <strong>{plan.committed}</strong> commits and has completed behind {from}, so the service will refuse.
          </p>
        </div>
      ) : (
        <Undos plan={plan} none={`Nothing that was done since ${from} has to be taken back.`}>
          <InFlight run={run} />
        </Undos>
      )}
      {takesInput && (
        <label className="choice">
          <input
            type="checkbox"
            checked={edited !== null}
            onChange={(event) => setEdited(event.target.checked ? JSON.stringify(last, null, 2) : null)}
          />
          With edited input
        </label>
      )}
      {edited !== null && takesInput && <InputEditor label={`Input of ${from}`} text={edited} onText={setEdited} faults={[]} />}
      <label className="choice">
        <input type="checkbox" checked={latest} onChange={(event) => setLatest(event.target.checked)} /> By the rules of now, not
        by those that the run began with
      </label>
      <Reason value={reason} onValue={setReason} />
    </Confirm>
  );
}
