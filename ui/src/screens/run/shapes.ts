// What the service tells of a run beside the run itself, by short names: its graph, its timeline, its history.
import type { Schema } from "@/api/client";

export type { Run } from "@/api/types";

export type StepProblem = Schema<"RunProblem">;
export type Wait = Schema<"RunWait">;
export type Match = Schema<"Match">;

export type RunGraph = Schema<"RunGraph">;
export type GraphNode = Schema<"GraphNode">;
export type GraphEdge = Schema<"GraphEdge">;
export type NodeStatus = Schema<"GraphState">["status"];

export type Timeline = Schema<"RunTimeline">;
export type Span = Schema<"RunSpan">;

/** An entry of the history. The service's description leaves open what it holds by its type. */
export type Entry = Schema<"RunEntry"> & {
  key?: string;
  step?: string | null;
  attempt?: number;
  started_at?: string | null;
  problem?: StepProblem | null;
  decision?: string;
  result?: unknown;
  matched?: Match[];
  layers?: string[];
  digest?: string;
  set_facts?: Schema<"FactThatIsSet">[];
  signal?: string;
  order?: { action: string; step?: string | null; reason?: string; input?: unknown };
  status?: string;
  until?: string | null;
  since?: string | null;
  [more: string]: unknown;
};
