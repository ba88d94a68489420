import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { call } from "@/api/client";
import { Badge } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { Field } from "@/parts/Field";
import { shortDigest } from "@/parts/format";
import { Panel } from "@/parts/Page";
import { ProblemView } from "@/parts/Problem";
import { Diagnostics } from "@/parts/rules/Diagnostics";
import { DiffView, diffSummary } from "@/parts/rules/Diff";
import { useDiff, useRulesetFile, useRulesetFiles, useRulesetStatus, useRulesets } from "@/parts/rules/queries";
import type { Diagnostic } from "@/parts/rules/shapes";
import { Loaded, Skeleton } from "@/parts/States";
import { CaseRuns } from "./CaseRuns";
import { type Drafts, useDrafts } from "./drafts";
import { Editor, type EditorHandle } from "./Editor";
import type { Candidate, DecisionReply } from "./shapes";
import type { Facts } from "./values";

interface Props {
  decision: string;
  against: string;
  answer: DecisionReply | null;
  onAgainst: (against: string) => void;
  onFill: (facts: Facts, at: string) => void;
}

/** Choose other rules to compare with: pending, an archived version, or files edited here. */
export default function WhatIf({ decision, against, answer, onAgainst, onFill }: Props) {
  const [drafts, change, discard] = useDrafts();
  const [editing, setEditing] = useState(against === "edits" || Object.keys(drafts).length > 0);
  const compares = against !== "edits";
  return (
    <Panel
      title="What if the rules were others?"
      actions={
        <Button kind="quiet" icon="close" aria-label="Compare with nothing" onClick={() => onAgainst("")} />
      }
    >
      <div className="stack">
        <div className="row wrap choices">
          <Choose against={against} onAgainst={onAgainst} onEdit={() => setEditing(true)} />
          <Button icon="edit" aria-expanded={editing} onClick={() => setEditing(!editing)}>
            {editing ? "Hide the files" : "Edit files"}
          </Button>
        </div>
        {editing && (
          <Edits
            decision={decision}
            answer={answer}
            drafts={drafts}
            onDraft={change}
            onDiscard={() => {
              discard();
              onAgainst("edits");
            }}
            onCandidate={onAgainst}
          />
        )}
        {compares && <Differences against={against} />}
        {compares && <CaseRuns key={`${decision} ${against}`} decision={decision} against={against} onFill={onFill} />}
      </div>
    </Panel>
  );
}

function Choose({ against, onAgainst, onEdit }: Pick<Props, "against" | "onAgainst"> & { onEdit: () => void }) {
  const list = useRulesets();
  const rulesets = list.data?.rulesets ?? [];
  const pending = list.data?.pending;
  const known = against === "edits" || against === "pending" || rulesets.some((each) => each.digest === against);
  return (
    <Field label="Compare with">
      {(given) => (
        <select
          {...given}
          className="input"
          value={against}
          onChange={(event) => {
            onAgainst(event.target.value);
            if (event.target.value === "edits") onEdit();
          }}
        >
          <option value="edits">files edited here</option>
          {!known && <option value={against}>{shortDigest(against)} · made here</option>}
          {pending && <option value="pending">pending: what the folder holds</option>}
          {rulesets.map((each) => (
            <option key={each.digest} value={each.digest}>
              {shortDigest(each.digest)}
              {each.active ? " · active" : each.pending ? " · pending" : ""}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** What differs, by rule. */
function Differences({ against }: { against: string }) {
  const status = useRulesetStatus();
  const active = status.data?.digest ?? null;
  const to = against === "pending" ? (status.data?.pending?.digest ?? null) : against;
  const diff = useDiff(active, to);
  if (active === null || to === null) return null;
  return (
    <Loaded query={diff} skeleton={<Skeleton lines={3} />}>
      {(found) => (
        <details open={!found.same && found.decisions.length < 4}>
          <summary>What differs from the active rules: {diffSummary(found)}</summary>
          <DiffView diff={found} />
        </details>
      )}
    </Loaded>
  );
}

interface EditsProps {
  decision: string;
  answer: DecisionReply | null;
  drafts: Drafts;
  onDraft: (path: string, text: string | undefined) => void;
  onDiscard: () => void;
  onCandidate: (digest: string) => void;
}

function Edits({ decision, answer, drafts, onDraft, onDiscard, onCandidate }: EditsProps) {
  const [chosen, setPath] = useState("");
  const won = answer?.matched[0]?.file;
  const path = chosen || Object.keys(drafts)[0] || won || `base/${decision}.yaml`;
  const file = useRulesetFile("active", path);
  const handle = useRef<EditorHandle>(null);
  const make = useMutation({
    mutationFn: (files: Drafts) => call<Candidate>("/v1/rulesets", { body: { base: "active", files } }),
    onSuccess: (made) => onCandidate(made.digest ?? "edits"), // no earlier answer beside edits that do not load
  });
  const found = make.data?.diagnostics ?? [];
  const goTo = (diagnostic: Diagnostic): void => {
    setPath(diagnostic.file);
    setTimeout(() => handle.current?.goTo(diagnostic.line, diagnostic.column), 100); // once the file is shown
  };
  const edited = Object.keys(drafts);
  const original = file.data?.text ?? "";
  return (
    <section className="stack" aria-label="Files edited here">
      <Paths path={path} edited={edited} onPath={setPath} />
      {file.isPending ? (
        <Skeleton lines={10} />
      ) : file.data?.binary ? (
        <p className="dim">A spreadsheet cannot be edited here.</p>
      ) : (
        <Editor
          label={`Text of ${path}`}
          text={drafts[path] ?? original}
          onText={(text) => onDraft(path, text === original ? undefined : text)}
          diagnostics={found.filter((each) => each.file === path)}
          handle={handle}
        />
      )}
      <div className="row wrap">
        <Button kind="primary" busy={make.isPending} disabled={edited.length === 0} onClick={() => make.mutate(drafts)}>
          Try these edits
        </Button>
        <Button kind="quiet" disabled={edited.length === 0} onClick={onDiscard}>
          Discard the edits
        </Button>
        <span className="dim">
          {edited.length === 0
            ? "Nothing is edited. What is tried here is never active: save it in the rules folder for that."
            : `Edited: ${edited.join(", ")}`}
        </span>
      </div>
      {make.error && <ProblemView error={make.error} />}
      {make.data && JSON.stringify(make.variables) !== JSON.stringify(drafts) && (
        <p role="status">What stands below is of earlier edits: try these to see what they do.</p>
      )}
      {make.data && <Made made={make.data} onGo={goTo} textOf={(name) => drafts[name]} />}
    </section>
  );
}

interface MadeProps {
  made: Candidate;
  onGo: (found: Diagnostic) => void;
  textOf: (file: string) => string | undefined;
}

/** Whether the edits load, and what was found in them. */
function Made({ made, onGo, textOf }: MadeProps) {
  const errors = made.diagnostics.filter(({ severity }) => severity === "error").length;
  return (
    <div role="status" className="stack">
      <p>
        {made.digest ? (
          <Badge tone="good" shape="check">
            loads as {shortDigest(made.digest)}
          </Badge>
        ) : (
          <Badge tone="bad" shape="cross">
            does not load: {errors} {errors === 1 ? "error" : "errors"}
          </Badge>
        )}
      </p>
      {made.diagnostics.length > 0 && <Diagnostics diagnostics={made.diagnostics} onGo={onGo} textOf={textOf} />}
    </div>
  );
}

function Paths({ path, edited, onPath }: { path: string; edited: string[]; onPath: (path: string) => void }) {
  const files = useRulesetFiles("active");
  const paths = (files.data?.files ?? []).map((each) => each.path);
  const all = [...new Set([...paths, ...edited, path])].sort();
  return (
    <Field label="File">
      {(given) => (
        <select {...given} className="input mono" value={path} onChange={(event) => onPath(event.target.value)}>
          {all.map((each) => (
            <option key={each} value={each}>
              {each}
              {edited.includes(each) ? " · edited" : ""}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
