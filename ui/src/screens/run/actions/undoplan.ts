// What would be taken back: the calls that had, or may have had, an effect, the newest first.
import type { Links } from "../selection";
import type { Run, RunGraph, StepProblem } from "../shapes";

export interface Undo {
  key: string;
  path: string;
  /** The step that takes it back; null where the workflow of a child says which. */
  step: string | null;
  /** The effect of the last attempt is not known: it is taken back all the same. */
  unknown: boolean;
}

export interface UndoPlan {
  undos: Undo[];
  /** Steps that were done and have no undo. */
  kept: string[];
  /** The step that committed: nothing up to it is taken back. */
  committed: string | null;
}

const UNKNOWN = new Set(["timeout", "internal"]);

/** As the graph and the attempts tell it; `from`: only what was done since the run came to this step last. */
export function undoPlan(run: Run, graph: RunGraph, links: Links, from?: string): UndoPlan {
  const since = from === undefined ? null : keysSince(run, from);
  const nodes = new Map(graph.nodes.map((node) => [node.path, node]));
  const undone = new Set(
    run.attempts.filter((each) => each.kind === "undo" && !each.problem).map((each) => each.key.replace(/\/undo$/, "")),
  );
  const plan: UndoPlan = { undos: [], kept: [], committed: null };
  const seen = new Set<string>();
  for (const attempt of [...run.attempts].reverse()) {
    if (attempt.kind !== "call" || seen.has(attempt.key) || undone.has(attempt.key)) continue;
    const unknown = attempt.problem ? effectUnknown(attempt.problem) : false;
    if (attempt.problem && !unknown) continue;
    seen.add(attempt.key);
    if (since !== null && !since(attempt.key)) continue;
    const node = nodes.get(attempt.path) ?? nodes.get(links.nodeOf(attempt.path));
    if (node?.commit && !attempt.problem) {
      plan.committed = attempt.path;
      break;
    }
    const child = node !== undefined && node.kind === "run";
    if (node?.undo || child) plan.undos.push({ key: attempt.key, path: attempt.path, step: node?.undo ?? null, unknown });
    else plan.kept.push(attempt.path);
  }
  return plan;
}

/** Whether a failed attempt may have had its effect. */
export function effectUnknown(problem: StepProblem): boolean {
  return UNKNOWN.has(problem.class) || problem.code === "interrupted";
}

/** Tells whether a key is of a visit since the run came to a step last. */
function keysSince(run: Run, from: string): (key: string) => boolean {
  const at = run.path.findLastIndex((each) => each.path === from);
  const later = new Set(run.path.slice(Math.max(0, at)).map((each) => `${each.path}/${each.visit}`));
  const tops = new Set(run.path.slice(Math.max(0, at)).map((each) => each.path.split("/", 1)[0]));
  // a child's steps stand in its own path, so they are told by the step that ran it
  return (key) => later.has(key) || (!run.path.some((each) => `${each.path}/${each.visit}` === key) && tops.has(key.split("/", 1)[0]));
}
