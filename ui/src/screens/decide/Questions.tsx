import { type KeyboardEvent, useState } from "react";
import type { Fault } from "@/api/problem";
import { useSearchState } from "@/app/search";
import { Button } from "@/parts/Button";
import { Field } from "@/parts/Field";
import { JsonField } from "@/parts/JsonField";
import { Panel } from "@/parts/Page";
import type { DecisionSummary } from "@/parts/rules/shapes";
import { SchemaForm } from "@/parts/SchemaForm";
import { Loaded, Skeleton } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { needing, shownFor } from "./factsSchema";
import { useCases, useFactsSchema, useReads } from "./queries";
import { SEARCH } from "./search";
import type { RunsDecision } from "./shapes";
import type { FactsActions, FactsState } from "./useFacts";
import { type Facts, isFacts } from "./values";

interface Props {
  all: DecisionSummary[];
  decision: DecisionSummary;
  state: FactsState;
  actions: FactsActions;
  faults: readonly Fault[];
  busy: boolean;
  ofRun: RunsDecision | null;
  onAsk: () => void;
  onFill: (facts: Facts, at: string) => void;
}

const WAYS = [
  { name: "form", title: "Form" },
  { name: "json", title: "JSON" },
] as const;

/** The question: decision, facts by form or as JSON, and the time. */
export function Questions(props: Props) {
  const { all, decision, state, actions, faults, busy, ofRun, onAsk, onFill } = props;
  const [search, change] = useSearchState(SEARCH);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onAsk();
  };
  return (
    <Panel title="Question">
      <form
        className="stack"
        onKeyDown={onKey}
        onSubmit={(event) => {
          event.preventDefault();
          onAsk();
        }}
      >
        <Field label="Decision" hint={decision.title}>
          {(given) => (
            <select
              {...given}
              className="input"
              value={decision.decision}
              onChange={(event) => change({ decision: event.target.value })}
            >
              {all.map((each) => (
                <option key={each.decision}>{each.decision}</option>
              ))}
            </select>
          )}
        </Field>
        <Cases decision={decision.decision} onFill={onFill} />
        {ofRun && <OfRun found={ofRun} />}
        <Tabs label="Form or JSON" tabs={WAYS} current={search.as} onChoose={(as) => change({ as })} />
        <div role="tabpanel" aria-label={search.as === "form" ? "Form" : "JSON"}>
          {search.as === "form" ? (
            <Form decision={decision} state={state} faults={faults} onEdit={actions.edit} />
          ) : (
            <JsonField
              label="Facts"
              text={state.text}
              onText={actions.type}
              rows={22}
              hint="Numbers are sent as they stand here"
            />
          )}
        </div>
        <Field
          label="At"
          hint="The time for which to decide; now if left out"
          fault={faults.find(({ pointer }) => pointer === "/at")?.message}
        >
          {(given) => (
            <input
              {...given}
              className="input"
              placeholder="2026-11-27T10:00:00Z"
              value={search.at}
              onChange={(event) => change({ at: event.target.value.trim() })}
            />
          )}
        </Field>
        <div className="row">
          <Button type="submit" kind="primary" icon="decide" busy={busy} disabled={state.broken}>
            Decide
          </Button>
          <span className="dim">
            or <kbd>Ctrl</kbd> <kbd>Enter</kbd>
          </span>
        </div>
      </form>
    </Panel>
  );
}

interface FormProps {
  decision: DecisionSummary;
  state: FactsState;
  faults: readonly Fault[];
  onEdit: (facts: Facts) => void;
}

function Form({ decision, state, faults, onEdit }: FormProps) {
  const schema = useFactsSchema();
  const reads = useReads(decision.decision);
  const [all, setAll] = useState(false);
  return (
    <Loaded query={schema} skeleton={<Skeleton lines={8} />}>
      {(found) => {
        const needed = needing(found, decision.requires);
        const shown = shownFor(needed, reads.data ?? [], "/facts");
        return (
          <div className="stack">
            <SchemaForm
              key={`${state.revision} ${decision.decision}`}
              schema={needed}
              value={state.facts}
              onChange={(value) => onEdit(isFacts(value) ? value : {})}
              faults={faults}
              at="/facts"
              {...(all || !reads.data ? {} : { shown })}
            />
            <label className="choice">
              <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />
              Show more: facts that this decision does not read
            </label>
          </div>
        );
      }}
    </Loaded>
  );
}

/** Facts of the cases that stand beside the rules, to begin with. */
function Cases({ decision, onFill }: { decision: string; onFill: Props["onFill"] }) {
  const cases = useCases(decision);
  if (!cases.data?.length) return null;
  const all = cases.data;
  const fill = (index: number): void => {
    const found = all[index];
    if (found && isFacts(found.facts)) onFill(found.facts, found.at ?? "");
  };
  return (
    <Field label="Fill in from a case">
      {(given) => (
        <select {...given} className="input" value="" onChange={(event) => fill(Number(event.target.value))}>
          <option value="">Choose a case…</option>
          {all.map((each, index) => (
            <option key={`${each.file}:${each.line}`} value={index}>
              {each.case}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function OfRun({ found }: { found: RunsDecision }) {
  return (
    <div className="of-run">
      <h3>From a run: {found.key}</h3>
      <p>These are the facts and the time on which it decided, with what the step and patterns gave.</p>
    </div>
  );
}
