// The shapes that several screens use, by short names.
import type { Schema } from "./client";

export type Run = Schema<"Run">;
export type RunSummary = Schema<"RunSummary">;
export type RunStatus = RunSummary["status"];
export type Workflow = Schema<"Workflow">;
export type Incident = Schema<"Incident">;

export const STATUSES: readonly RunStatus[] = [
  "queued",
  "running",
  "waiting",
  "parked",
  "paused",
  "incident",
  "undoing",
  "completed",
  "failed",
  "cancelled",
];

export const ENDED: ReadonlySet<RunStatus> = new Set<RunStatus>(["completed", "failed", "cancelled"]);
