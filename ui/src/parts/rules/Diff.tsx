import { Badge, type Shape, type Tone } from "@/parts/Badge";
import { FileLink } from "@/parts/FileLink";
import { Empty } from "@/parts/States";
import type { DiffStatus, RuleChange, RulesetDiff } from "./shapes";
import "./rules.css";

type Sides = Pick<RuleChange, "before" | "after">;

const LOOK: Record<DiffStatus, [Tone, Shape]> = {
  added: ["good", "check"],
  removed: ["bad", "cross"],
  changed: ["busy", "half"],
  moved: ["wait", "back"],
};

function StatusOf({ status }: { status: DiffStatus }) {
  const [tone, shape] = LOOK[status] ?? ["still", "ring"];
  return (
    <Badge tone={tone} shape={shape}>
      {status}
    </Badge>
  );
}

/** How much differs, in a few words: `2 decisions, 1 workflow`. */
export function diffSummary(diff: RulesetDiff): string {
  const rules = diff.decisions.reduce((sum, each) => sum + each.changes.length, 0);
  const parts = [
    counted(diff.decisions.length, "decision"),
    counted(rules, "change"),
    counted(diff.workflows.length, "workflow"),
    counted(diff.others.length, "other file"),
  ].filter(Boolean);
  return parts.join(", ") || "nothing that decides";
}

function counted(count: number, noun: string): string {
  return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What differs between two rulesets, by rule: each field before and after. */
export function DiffView({ diff }: { diff: RulesetDiff }) {
  if (diff.same) {
    return (
      <Empty title="Nothing differs">
        <p>Both rulesets decide alike.</p>
      </Empty>
    );
  }
  const known = new Set([...diff.others.map((each) => each.file)]);
  const rest = diff.files.filter((each) => !known.has(each.path));
  return (
    <div className="diff stack">
      {diff.decisions.map((each) => (
        <section key={each.decision}>
          <h3>
            <code>{each.decision}</code> <StatusOf status={each.status} />
          </h3>
          <ul>
            {each.changes.map((change, index) => (
              <Change key={index} change={change} from={diff.from} to={diff.to} />
            ))}
          </ul>
        </section>
      ))}
      {diff.workflows.map((each) => (
        <section key={each.workflow}>
          <h3>
            workflow <code>{each.workflow}</code> <StatusOf status={each.status} />
          </h3>
          <ul>
            {each.changes.map((change, index) => (
              <li key={index}>
                <div className="row wrap">
                  <StatusOf status={change.status} />
                  <code>{change.step}</code>
                  <Place change={change} from={diff.from} to={diff.to} />
                </div>
                {change.status !== "moved" && <Whole change={change} />}
              </li>
            ))}
          </ul>
        </section>
      ))}
      {diff.others.length > 0 && (
        <section>
          <h3>Other files</h3>
          <ul className="plain">
            {diff.others.map((each) => (
              <li key={each.file}>
                <StatusOf status={each.status} /> <code>{each.file}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
      {rest.length > 0 && (
        <details>
          <summary>{counted(rest.length, "file")} {rest.length === 1 ? "differs" : "differ"}</summary>
          <ul className="plain">
            {rest.map((each) => (
              <li key={each.path}>
                <StatusOf status={each.status} />{" "}
                <FileLink file={each.path} digest={each.status === "removed" ? diff.from : diff.to} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Change({ change, from, to }: { change: RuleChange; from: string; to: string }) {
  return (
    <li>
      <div className="row wrap">
        <StatusOf status={change.status} />
        <span>
          {change.what} {change.name && <code className="name">{change.name}</code>}
        </span>
        {change.layer && <span className="tag">{change.layer}</span>}
        <Place change={change} from={from} to={to} />
      </div>
      {change.fields.length > 0
        ? change.fields.map((each) => (
            <BeforeAfter key={each.field} name={each.field} before={each.before} after={each.after} />
          ))
        : change.status !== "moved" && <Whole change={change} />}
    </li>
  );
}

/** Where it stands, or stood. */
function Place({ change, from, to }: { change: Sides; from: string; to: string }) {
  const place = change.after ?? change.before;
  return place && <FileLink file={place.file} line={place.line} digest={change.after ? to : from} />;
}

/** What stands there, as it was written. */
function Whole({ change: { before, after } }: { change: Sides }) {
  if (!before?.text && !after?.text) return null;
  return <BeforeAfter name="text" before={before?.text} after={after?.text} />;
}

interface Text {
  name: string;
  before: string | null | undefined;
  after: string | null | undefined;
}

function BeforeAfter({ name, before, after }: Text) {
  return (
    <div className="before-after">
      <span className="dim">{name}</span>
      <div>
        {lines(before).map((each, index) => (
          <del key={`b${index}`}>{each}</del>
        ))}
        {lines(after).map((each, index) => (
          <ins key={`a${index}`}>{each}</ins>
        ))}
      </div>
    </div>
  );
}

function lines(text: string | null | undefined): string[] {
  return text?.split("\n") ?? [];
}
