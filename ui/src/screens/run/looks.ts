// How steps, spans and entries look: tone, shape and a word for each state.
import type { Shape, Tone } from "@/parts/Badge";
import { duration } from "@/parts/format";
import type { Entry, NodeStatus, Span } from "./shapes";
import { lasted } from "./times";

export const NODE_LOOKS: Record<NodeStatus, [Tone, Shape]> = {
  untouched: ["still", "ring"],
  running: ["busy", "dot"],
  waiting: ["wait", "half"],
  parked: ["warn", "square"],
  paused: ["still", "bars"],
  incident: ["bad", "bang"],
  done: ["good", "check"],
  failed: ["bad", "cross"],
  left: ["still", "half"],
  skipped: ["still", "slash"],
  undone: ["warn", "back"],
};

const TYPE_LOOKS: Record<string, [Tone, Shape]> = {
  started: ["still", "dot"],
  call: ["good", "check"],
  undo: ["warn", "back"],
  decision: ["busy", "dot"],
  signal: ["good", "half"],
  timeout: ["warn", "half"],
  sleep: ["wait", "half"],
  retry: ["warn", "ring"],
  held: ["warn", "square"],
  parked: ["warn", "square"],
  released: ["good", "square"],
  order: ["wait", "bars"],
};

/** The tone and shape of an entry. */
export function lookOfEntry(entry: Entry): [Tone, Shape] {
  if (entry.type === "end") return entry.status === "completed" ? ["good", "check"] : ["bad", "cross"];
  if (entry.problem && (entry.type === "call" || entry.type === "undo" || entry.type === "decision")) {
    return ["bad", "cross"];
  }
  return TYPE_LOOKS[entry.type] ?? ["still", "ring"];
}

/** Whether the entry tells of something that went wrong. */
export function wentWrong(entry: Entry): boolean {
  return entry.problem !== undefined && entry.problem !== null;
}

/** What an entry tells, in a few words. */
export function tellEntry(entry: Entry): string {
  switch (entry.type) {
    case "started":
      return `run of ${String(entry["workflow"] ?? "")} began`;
    case "call":
    case "undo":
      return callText(entry);
    case "decision":
      return decisionText(entry);
    case "signal":
      return `${entry.signal ?? "signal"} came${shown(entry.output)}`;
    case "timeout":
      return entry.signal ? `${entry.signal} did not come in time` : "waited too long";
    case "sleep":
      return "slept";
    case "retry":
      return "paused before the next attempt";
    case "held":
      return `not called: ${entry.problem?.message ?? "the resource is not well"}`;
    case "parked":
      return `parked: ${entry.problem?.message ?? ""}`;
    case "released":
      return entry.since ? `goes on after ${duration(lasted(entry.since, entry.at))}` : "goes on";
    case "order":
      return orderText(entry);
    case "end":
      return entry.problem ? `${entry.status}: ${entry.problem.code}` : String(entry.status ?? "ended");
    default:
      return entry.type;
  }
}

function callText(entry: Entry): string {
  const attempt = (entry.attempt ?? 1) > 1 ? `, attempt ${entry.attempt}` : "";
  const took = entry.started_at ? ` in ${duration(lasted(entry.started_at, entry.at))}` : "";
  const came = entry.problem ? ` ${entry.problem.code}: ${entry.problem.message}` : took;
  return `${entry.step ?? ""}${attempt}${came}`;
}

function decisionText(entry: Entry): string {
  if (entry.problem) return `${entry.decision} failed: ${entry.problem.message}`;
  const rules = (entry.matched ?? []).map((match) => match.rule).join(", ");
  return `${brief(entry.result)} by ${rules || "no rule"}`;
}

function orderText(entry: Entry): string {
  const { action, step, reason } = entry.order ?? { action: "order" };
  return `${action}${step ? ` ${step}` : ""}${reason ? `: ${reason}` : ""}`;
}

/** The first members of a value, short. */
export function brief(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `${value.length} ${value.length === 1 ? "item" : "items"}`;
  const pairs = Object.entries(value).filter(([, each]) => each === null || typeof each !== "object");
  return pairs
    .slice(0, 3)
    .map(([name, each]) => `${name} ${String(each)}`)
    .join(", ");
}

function shown(value: unknown): string {
  const text = value === undefined || value === null ? "" : brief(value);
  return text === "" ? "" : `: ${text}`;
}

/** The end of a path, which tells its steps apart, where all of it would be too long: `…/goods/12/take`. */
export function shortPath(path: string, most: number): string {
  if (path.length <= most) return path;
  const parts = path.split("/");
  let text = parts.pop() ?? "";
  for (let part = parts.pop(); part !== undefined && text.length + part.length + 3 <= most; part = parts.pop()) {
    text = `${part}/${text}`;
  }
  return `…/${text}`;
}

/** The tone of a span's bar. */
export function toneOfSpan(span: Span): Tone {
  if (span.outcome === "error") return "bad";
  if (span.outcome === "timeout" || span.outcome === "held") return "warn";
  switch (span.kind) {
    case "wait":
    case "sleep":
      return "wait";
    case "retry":
    case "parked":
    case "undo":
      return "warn";
    case "operator":
      return "bad";
    case "decision":
      return "busy";
    default:
      return span.to === null ? "busy" : "good";
  }
}

/** How long a span took, and before it what a call waited: `waited 1.2 s for its turn, then ran 300 ms`. */
export function tellLength(span: Span, now: number): string {
  const took = duration(lasted(span.from, span.to, now));
  if (span.queued) return `has waited ${took} for its turn`;
  if (span.asked === undefined) return took;
  const waited = `waited ${duration(lasted(span.asked, span.from))} for its turn`;
  return span.outcome === "held" ? `${waited}, then was not called` : `${waited}, then ran ${took}`;
}

export const SPAN_WORDS: Record<string, string> = {
  call: "call",
  undo: "undo",
  wait: "waits for a signal",
  sleep: "sleeps",
  retry: "pause before the next attempt",
  parked: "parked",
  decision: "decision",
  operator: "waits for an operator",
};
