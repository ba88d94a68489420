import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { api, call, got, newKey } from "@/api/client";
import { type Fault, shownProblem } from "@/api/problem";
import type { Run, RunSummary, Workflow } from "@/api/types";
import { Button } from "@/parts/Button";
import { Dialog } from "@/parts/Dialog";
import { parseExactly } from "@/parts/exact";
import { Field } from "@/parts/Field";
import { Json, readJson } from "@/parts/Json";
import { JsonField } from "@/parts/JsonField";
import { ProblemView } from "@/parts/Problem";
import { type JsonSchema, SchemaForm } from "@/parts/SchemaForm";
import { Empty, Loaded } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { toast, toastProblem } from "@/parts/toast";
import { example } from "./examples";

interface Props {
  /** The workflow to begin with; empty for the first. */
  workflow: string;
  onClose: () => void;
}

const WAYS = [
  { name: "form", title: "Form" },
  { name: "json", title: "JSON" },
] as const;

/** Start a run: which workflow, on what. */
export default function StartRun({ workflow, onClose }: Props) {
  const workflows = useQuery({ queryKey: ["workflows"], queryFn: () => got(api.GET("/v1/workflows")) });
  return (
    <Dialog title="Start a run" wide onClose={onClose}>
      <Loaded query={workflows}>
        {(data) =>
          data.workflows.length === 0 ? (
            <Empty title="There are no workflows">
              <p>Write one into the folder workflows/ of the rules; it can be started as soon as it is saved.</p>
            </Empty>
          ) : (
            <Form workflows={data.workflows} preferred={workflow || "order"} onClose={onClose} />
          )
        }
      </Loaded>
    </Dialog>
  );
}

interface FormProps {
  workflows: readonly Workflow[];
  preferred: string;
  onClose: () => void;
}

function Form({ workflows, preferred, onClose }: FormProps) {
  const [, navigate] = useLocation();
  const [name, setName] = useState(workflows.find((each) => each.name === preferred)?.name ?? workflows[0]?.name ?? "");
  const workflow = workflows.find((each) => each.name === name);
  const [text, setText] = useState(() => written(example(workflow?.input, false)));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [by, setBy] = useState<"form" | "json">("form");
  const [all, setAll] = useState(false);
  const [key, setKey] = useState(newKey);
  const read = readJson(text);

  const choose = (next: string): void => {
    setName(next);
    setText(written(example(workflows.find((each) => each.name === next)?.input, false)));
    setError(null);
  };
  const edit = (next: string): void => {
    setText(next);
    setKey(newKey()); // another input is another order
  };
  const start = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!("value" in read) || busy) return;
    setBusy(true);
    setError(null);
    try {
      // The text as it stands, since numbers are exact there and JavaScript's are not.
      const run = await startRun(name, text, key);
      toast(`Started ${name}`);
      onClose();
      navigate(`/runs/${run.id}`);
    } catch (caught) {
      setError(caught);
      setBusy(false);
      if (shownProblem(caught).status !== 0) setKey(newKey());
    }
  };
  return (
    <form onSubmit={(event) => void start(event)}>
      <div className="inside">
        <Field label="Workflow" hint={workflow ? `${workflow.title} · ${workflow.file}` : ""}>
          {(given) => (
            <select {...given} className="input" value={name} onChange={(event) => choose(event.target.value)}>
              {workflows.map((each) => (
                <option key={each.name}>{each.name}</option>
              ))}
            </select>
          )}
        </Field>
        <div className="row wrap" role="group" aria-label="Begin with">
          <span className="dim">Begin with</span>
          <Button onClick={() => edit(written(example(workflow?.input, false)))}>What is required</Button>
          <Button onClick={() => edit(written(example(workflow?.input, true)))}>Everything</Button>
          <LatestInput workflow={name} onInput={(input) => edit(written(input))} />
        </div>
        <Tabs label="How to write the input" tabs={WAYS} current={by} onChoose={setBy} />
        <div role="tabpanel" aria-label={by === "form" ? "Form" : "JSON"} className="stack">
          {by === "form" && "value" in read ? (
            <>
              <SchemaForm
                schema={(workflow?.input ?? {}) as JsonSchema}
                value={parseExactly(text)}
                onChange={(value) => edit(written(value ?? {}))}
                faults={error === null ? [] : inputFaults(error)}
                {...(all ? {} : { shown: () => false })}
              />
              <label className="choice">
                <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />
                Show every field
              </label>
            </>
          ) : (
            <>
              <JsonField label="Input" text={text} onText={edit} rows={14} />
              <details>
                <summary>What the workflow expects</summary>
                <Json value={workflow?.input} label="JSON Schema of the input" />
              </details>
            </>
          )}
        </div>
        {error !== null && <ProblemView error={error} />}
      </div>
      <footer>
        <Button onClick={onClose}>Not now</Button>
        <Button type="submit" kind="primary" icon="play" busy={busy} disabled={!("value" in read)}>
          Start
        </Button>
      </footer>
    </form>
  );
}

/** Takes the input of the workflow's latest run. */
function LatestInput({ workflow, onInput }: { workflow: string; onInput: (input: unknown) => void }) {
  const take = async (): Promise<void> => {
    try {
      const found = await call<{ runs: RunSummary[] }>("/v1/runs", { query: { workflow, limit: 1 } });
      const latest = found.runs[0];
      if (latest) onInput((await call<Run>(`/v1/runs/${latest.id}`)).input);
      else toast(`${workflow} has had no run yet`, "bad");
    } catch (error) {
      toastProblem(error);
    }
  };
  return <Button onClick={() => void take()}>The latest run’s input</Button>;
}

function startRun(workflow: string, input: string, key: string): Promise<Run> {
  const text = `{"workflow":${JSON.stringify(workflow)},"input":${input}}`;
  return call<Run>("/v1/runs", { text, headers: { "Idempotency-Key": key } });
}

function written(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** The faults of the input, by their place in it. */
function inputFaults(error: unknown): Fault[] {
  return shownProblem(error).errors.map((fault) => ({ ...fault, pointer: fault.pointer.replace(/^\/input(?=\/|$)/, "") }));
}
