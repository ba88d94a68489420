// What the run is and how it stands: status, fields, times, and what it waits for.
import { Link } from "wouter";
import type { ReactNode } from "react";
import { ENDED } from "@/api/types";
import { Copy } from "@/parts/Copy";
import { shortDigest, whole } from "@/parts/format";
import { Ago, Lasting, Moment } from "@/parts/Time";
import { StepProblemView } from "./detail/StepProblemView";
import type { Run, RunGraph, Wait } from "./shapes";

/** The facts about a run in one line. */
export function Facts({ run }: { run: Run }) {
  const ended = ENDED.has(run.status);
  return (
    <dl className="run-facts">
      <Fact name="Workflow">
        <Link href={`/runs?workflow=${encodeURIComponent(run.workflow)}`}>{run.workflow}</Link>
      </Fact>
      {Object.entries(run.fields).map(([name, value]) => (
        <Fact key={name} name={name}>
          <Link href={`/runs?${new URLSearchParams({ [name]: String(value) }).toString()}`}>{String(value)}</Link>
        </Fact>
      ))}
      <Fact name="Began">
        <Moment at={run.created_at} />
      </Fact>
      <Fact name={ended ? "Took" : "Goes on for"}>
        <Lasting from={run.created_at} to={ended ? run.updated_at : null} />
      </Fact>
      <Fact name="Last moved">
        <Ago at={run.updated_at} />
      </Fact>
      <Fact name="Rules">
        <Link className="mono" href={`/rules?digest=${run.digest}`}>
          {shortDigest(run.digest)}
        </Link>
      </Fact>
      <Fact name="Run">
        <span className="mono">{run.id}</span>
        <Copy text={run.id} what="run's id" />
      </Fact>
    </dl>
  );
}

/** The facts where there is little room: the most telling ones, and the others when asked for. */
export function FoldedFacts({ run }: { run: Run }) {
  const told = [run.workflow, ...Object.values(run.fields).map(String)];
  return (
    <details className="run-more">
      <summary>
        {told.join(" · ")}, <Ago at={run.created_at} />
      </summary>
      <Facts run={run} />
    </details>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const MANY = 3;

interface StandingProps {
  run: Run;
  graph: RunGraph | undefined;
  /** The node for a path of the run. */
  nodeOf: (path: string) => string;
  onSelect: (node: string) => void;
}

/** Why the run does not go on by itself, or why it ended badly. */
export function Standing({ run, graph, nodeOf, onSelect }: StandingProps) {
  const waits = run.waiting_for.filter((wait) => wait.kind !== "call" && wait.kind !== "decision");
  const incidents = waits.filter((wait) => wait.kind === "operator");
  const problem = run.problem;
  const shown = waits.length > MANY ? waits.slice(0, MANY - 1) : waits;
  if (waits.length === 0 && !problem) return null;
  return (
    <div className="run-standing">
      {problem && <StepProblemView problem={problem} />}
      {waits.length > 0 && (
        <ul className="run-waits">
          {shown.map((wait) => {
            const node = nodeOf(wait.path);
            const resource = graph?.nodes.find((each) => each.path === node)?.resource ?? null;
            return (
              <li key={`${wait.kind} ${wait.path}`}>
                <button type="button" onClick={() => onSelect(node)}>
                  <strong>{wait.path}</strong> {tellWait(wait, resource)}
                  {wait.until && (
                    <>
                      {" "}
                      until <Moment at={wait.until} />, <Ago at={wait.until} />
                    </>
                  )}
                </button>
                {wait.kind === "park" && <Rest wait={wait} resource={resource} />}
              </li>
            );
          })}
          {shown.length < waits.length && (
            <li className="more dim">
              and {whole(waits.length - shown.length)} more
              {incidents.length > shown.length && `, ${whole(incidents.length)} incidents in all`}
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

/** What a parked step waits for, and why. */
function Rest({ wait, resource }: { wait: Wait; resource: string | null }) {
  return (
    <p className="rest">
      {resource && (
        <>
          It goes on by itself once <Link href={`/health#${new URLSearchParams({ resource }).toString()}`}>{resource}</Link> is well.{" "}
        </>
      )}
      {wait.problem && (
        <span className="dim" title={`${wait.problem.code} (${wait.problem.class})`}>
          {wait.problem.message}
        </span>
      )}
    </p>
  );
}

function tellWait(wait: Wait, resource: string | null): string {
  switch (wait.kind) {
    case "signal":
      return `waits for the signal ${wait.signal}`;
    case "sleep":
      return "sleeps";
    case "retry":
      return "pauses before the next attempt";
    case "park":
      return wait.held ? `is parked: ${resource ?? "its resource"} is not well` : "is parked: its retries are used up";
    case "operator":
      return `is an incident: ${wait.problem?.code ?? ""}`;
    default:
      return wait.kind;
  }
}
