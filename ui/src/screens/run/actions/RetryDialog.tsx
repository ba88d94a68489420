import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { type Fault, Refusal } from "@/api/problem";
import { Confirm } from "@/parts/Dialog";
import { parseExactly } from "@/parts/exact";
import { Field } from "@/parts/Field";
import { readJson } from "@/parts/Json";
import { Skeleton } from "@/parts/States";
import { StepProblemView } from "../detail/StepProblemView";
import type { Links } from "../selection";
import type { Entry, Run, Wait } from "../shapes";
import { InputEditor } from "./InputEditor";
import { useOrders } from "./orders";
import { effectUnknown } from "./undoplan";

interface Props {
  run: Run;
  /** The incidents and the parked steps. */
  waits: readonly Wait[];
  links: Links;
  first: string | null;
  onClose: () => void;
}

/** Tries an incident or a parked step again, as it was or with edited input. */
export function RetryDialog({ run, waits, links, first, onClose }: Props) {
  const [path, setPath] = useState(first ?? (waits.length === 1 ? (waits[0]?.path ?? "") : ""));
  const [edit, setEdit] = useState(false);
  const [text, setText] = useState<string | null>(null);
  const [force, setForce] = useState(false);
  const [latest, setLatest] = useState(false);
  const [reason, setReason] = useState("");
  const [faults, setFaults] = useState<readonly Fault[] | null>(null);
  const [unsure, setUnsure] = useState(false);
  const { order } = useOrders(run.id);
  const wait = waits.find((each) => each.path === path);
  const before = useInput(run.id, lastCall(links, path));
  const asked = wait?.problem ? effectUnknown(wait.problem) : false;
  const risky = edit && (asked || unsure);
  const given = text ?? before.text;
  const blocked = edit && (given === null || "fault" in readJson(given) || (risky && !force));
  const send = async (): Promise<void> => {
    setFaults(null);
    try {
      const reply = await order("retry", {
        ...(path === "" ? {} : { step: path }),
        ...(edit && given !== null ? { input: parseExactly(given) } : {}),
        ...(edit && force ? { force: true } : {}),
        ...(latest ? { rules: "latest" } : {}),
        ...(reason === "" ? {} : { reason }),
      });
      if (edit) mustHaveTaken(await settled(reply, path), path);
    } catch (error) {
      if (error instanceof Refusal) {
        setFaults(error.problem.errors);
        if (error.kind === "effect-unknown") setUnsure(true);
      }
      throw error;
    }
  };
  return (
    <Confirm title="Try again" verb={path === "" && waits.length > 1 ? "Retry all" : "Retry"} wide={edit} blocked={blocked} onConfirm={send} onClose={onClose}>
      {waits.length > 1 && (
        <Field label="What to try again" hint="Edited input is for one step.">
          {(given) => (
            <select {...given} className="input" value={path} onChange={(event) => { setPath(event.target.value); setEdit(false); setText(null); }}>
              <option value="">All {waits.length} of them</option>
              {waits.map((each) => (
                <option key={each.path} value={each.path}>
                  {each.path}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {wait?.problem && <StepProblemView problem={wait.problem} />}
      {path !== "" && (
        <div className="row wrap" role="radiogroup" aria-label="Input">
          <label className="choice">
            <input type="radio" name="edit" checked={!edit} onChange={() => setEdit(false)} /> With the same input
          </label>
          <label className="choice">
            <input type="radio" name="edit" checked={edit} onChange={() => setEdit(true)} /> With edited input
          </label>
        </div>
      )}
      {edit &&
        (before.waiting ? (
          <Skeleton lines={3} />
        ) : (
          <InputEditor label={`Input of ${path}`} text={given ?? "{}"} onText={setText} faults={faults ?? faultsOf(wait?.problem?.message ?? "")} />
        ))}
      {risky && (
        <div className="problem" data-tone="warn">
          <h3>It may happen twice</h3>
          <p>
            The last attempt may have had its effect, and edited input comes with a new idempotency key, so the service
            cannot tell that it is the same. Look there first.
          </p>
          <label className="choice">
            <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} /> Do it all the same
          </label>
        </div>
      )}
      <Field label="Reason" hint="It stays in the history.">
        {(given) => <input {...given} className="input" value={reason} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      <label className="choice">
        <input type="checkbox" checked={latest} onChange={(event) => setLatest(event.target.checked)} /> From here on by the
        rules of now, not by those that the run began with
      </label>
      <p className="run-preview">
        {edit
          ? "The step is called at once with this input, as a new visit with a new idempotency key. Then the run goes on."
          : `${wait || waits.length === 1 ? "The step is" : "These steps are"} called at once with the same idempotency key. What had its effect already has it once.`}
      </p>
    </Confirm>
  );
}

const LOOKS = 10;
const BETWEEN = 200; // milliseconds

/** The run once the call at a path has come back, or after two seconds. */
async function settled(run: Run, path: string): Promise<Run> {
  let seen = run;
  for (let look = 0; look < LOOKS; look++) {
    if (!seen.waiting_for.some((wait) => wait.kind === "call" && wait.path === path)) break;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN));
    seen = await call<Run>(`/v1/runs/${encodeURIComponent(run.id)}`);
  }
  return seen;
}

const REFUSED = "does not take this input: ";

/** Throws `Refusal` where a step has refused its edited input: so it can be mended at once. */
function mustHaveTaken(run: Run, path: string): void {
  const again = run.waiting_for.find((each) => each.kind === "operator" && each.path === path);
  const message = again?.problem?.message ?? "";
  if (!message.includes(REFUSED)) return;
  const errors = faultsOf(message);
  throw new Refusal({ type: "", title: "It is an incident again", status: 0, detail: message, errors });
}

/** What a step found wrong with its input, as its message tells it: `/amount: must be a number; …`. */
function faultsOf(message: string): Fault[] {
  const [, told = ""] = message.split(REFUSED, 2);
  return told
    .split(/; (?=\/)/)
    .map((part) => /^(\/[^:\s]*): (.*)$/s.exec(part))
    .flatMap((found) => (found ? { pointer: found[1] ?? "", code: "invalid", message: found[2] ?? "" } : []));
}

/** The last call at a path. */
function lastCall(links: Links, path: string): Entry | undefined {
  return links.entriesOf(links.nodeOf(path)).findLast((entry) => entry.type === "call" && entry.path === path);
}

/** The input of an entry as it was written, its numbers exact. */
function useInput(run: string, entry: Entry | undefined): { text: string | null; waiting: boolean } {
  const asked = useQuery({
    queryKey: ["history", run, "exact", entry?.number ?? 0],
    queryFn: () =>
      call<{ entries: Entry[] }>(`/v1/runs/${encodeURIComponent(run)}/history`, {
        query: { after: (entry?.number ?? 1) - 1, limit: 1 },
        exact: true,
      }),
    enabled: entry !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const input = asked.data?.entries[0]?.input;
  return { text: input === undefined ? null : JSON.stringify(input, null, 2), waiting: entry !== undefined && asked.isPending };
}
