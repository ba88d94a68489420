// What the service tells of a run beside the run itself: its graph, its timeline, its history.
import type { Run } from "@/api/types";
import type { JsonSchema } from "@/parts/SchemaForm";

export type { Run };

export interface StepProblem {
  class: string;
  code: string;
  message: string;
  [more: string]: unknown;
}

export type NodeStatus =
  | "untouched"
  | "running"
  | "waiting"
  | "parked"
  | "paused"
  | "incident"
  | "done"
  | "failed"
  | "left"
  | "skipped"
  | "undone";

export interface GraphNode {
  // all items of an `each` are one node: `split/*/parcel`
  path: string;
  name: string;
  kind: string;
  label: string;
  parent: string | null;
  line: number | null;
  file: string | null;
  step?: string;
  resource?: string | null;
  decision?: string;
  signal?: string;
  undo?: string;
  commit?: boolean;
  condition?: string;
  state?: {
    status: NodeStatus;
    visits: number;
    items?: { total: number; done: number; failed: number } | null;
    since: string | null;
    until: string | null;
  };
}

/** What chose an edge: for a rule also which one, and where it stands. */
export interface Chosen {
  by: "rule" | "default" | "condition" | "signal" | "error" | "order";
  text: string;
  decision?: string;
  result?: unknown;
  rule?: string;
  layer?: string;
  file?: string;
  line?: number;
  because?: string | null;
}

export interface GraphEdge {
  id: string;
  from: string;
  to: string;
  kind: string;
  label: string;
  line: number | null;
  taken?: number;
  chosen?: Chosen | null;
}

export interface RunGraph {
  workflow: string;
  title: string;
  digest: string;
  file: string;
  signals: string[];
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** There are more nodes than are told. */
  truncated?: boolean;
  run: string;
  status: string;
}

export type SpanKind = "call" | "undo" | "wait" | "sleep" | "retry" | "parked" | "decision" | "operator";

export interface Span {
  id: string;
  path: string;
  key: string | null;
  kind: SpanKind;
  label: string;
  attempt?: number;
  from: string;
  to: string | null;
  outcome: string;
  problem?: StepProblem | null;
  /** Numbers of the entries of the history that tell of it. */
  entries: number[];
}

export interface Timeline {
  run: string;
  from: string;
  to: string | null;
  spans: Span[];
  /** Of very many only the newest are told. */
  truncated?: boolean;
}

export interface Match {
  rule: string;
  layer: string;
  file: string;
  line: number;
  because: string | null;
}

/** An entry of the history; what it holds beside these depends on its type. */
export interface Entry {
  number: number;
  at: string;
  type: string;
  path?: string;
  key?: string;
  step?: string | null;
  attempt?: number;
  started_at?: string | null;
  input?: unknown;
  output?: unknown;
  problem?: StepProblem | null;
  decision?: string;
  result?: unknown;
  matched?: Match[];
  layers?: string[];
  digest?: string;
  set_facts?: { fact?: string; [more: string]: unknown }[];
  signal?: string;
  order?: { action: string; step?: string | null; reason?: string; input?: unknown };
  status?: string;
  held?: boolean;
  until?: string | null;
  since?: string | null;
  [more: string]: unknown;
}

export interface Wait {
  path: string;
  kind: "call" | "decision" | "signal" | "sleep" | "operator" | "park" | "retry";
  signal?: string;
  /** JSON Schema of the payload that the wait takes. */
  payload?: JsonSchema | null;
  until?: string | null;
  problem?: StepProblem | null;
  step?: string | null;
  attempt?: number;
  decision?: string;
  held?: boolean;
  since?: string | null;
  parks?: number;
}

/** What the run waits for, with the parts that not every document describes. */
export function waitsOf(run: Run): Wait[] {
  return run.waiting_for as unknown as Wait[];
}
