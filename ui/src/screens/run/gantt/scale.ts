// Times as places between 0 and 1. Where a run mostly waits, the long waits are drawn shorter than they were.
import type { Span } from "../shapes";
import { millis } from "../times";

const PATIENT = new Set(["wait", "sleep", "parked", "operator", "retry"]);
const SQUEEZED = 0.12; // the share of what is busy that a wait takes at most
const TRIGGER = 6; // waits this many times as long as what is busy are squeezed by themselves

interface Stretch {
  from: number;
  to: number;
  /** Where it begins and ends, 0 to 1. */
  start: number;
  end: number;
  idle: boolean;
}

export interface Scale {
  from: number;
  to: number;
  squeezed: boolean;
  /** Waits are so long that squeezing them helps. */
  worthwhile: boolean;
  stretches: readonly Stretch[];
  place: (time: number) => number;
  time: (place: number) => number;
}

/** The scale of spans between two times, in milliseconds. `squeeze` null: as it seems best. */
export function scaleOf(spans: readonly Span[], from: number, to: number, squeeze: boolean | null): Scale {
  const end = Math.max(to, from + 1);
  const parts = divided(busyTimes(spans, from, end), from, end);
  const busy = total(parts, false);
  const idle = total(parts, true);
  const worthwhile = idle > busy * TRIGGER && parts.length > 1;
  const squeezed = squeeze ?? worthwhile;
  const longest = squeezed ? Math.max(busy * SQUEEZED, 1) : Number.POSITIVE_INFINITY;
  const weights = parts.map((part) => (part.idle ? Math.min(part.to - part.from, longest) : part.to - part.from));
  const whole = weights.reduce((sum, each) => sum + each, 0) || 1;
  let at = 0;
  const stretches = parts.map((part, index): Stretch => {
    const start = at / whole;
    at += weights[index] ?? 0;
    return { ...part, start, end: at / whole };
  });
  return {
    from,
    to: end,
    squeezed,
    worthwhile,
    stretches,
    place: (time) => between(stretches, time, "from", "to", "start", "end"),
    time: (place) => between(stretches, place, "start", "end", "from", "to"),
  };
}

type Side = "from" | "to" | "start" | "end";

function between(stretches: readonly Stretch[], value: number, low: Side, high: Side, first: Side, last: Side): number {
  const found = stretches[search(stretches, value, high)] ?? stretches.at(-1);
  if (!found) return 0;
  const length = found[high] - found[low];
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, (value - found[low]) / length));
  return found[first] + share * (found[last] - found[first]);
}

/** The first stretch that ends behind a value. */
function search(stretches: readonly Stretch[], value: number, high: Side): number {
  let low = 0;
  let above = stretches.length - 1;
  while (low < above) {
    const middle = (low + above) >> 1;
    if ((stretches[middle]?.[high] ?? 0) < value) low = middle + 1;
    else above = middle;
  }
  return low;
}

/** When something was done, as times that do not overlap, with a little room around them. */
function busyTimes(spans: readonly Span[], from: number, to: number): [number, number][] {
  const times = spans
    .filter((span) => !PATIENT.has(span.kind))
    .map((span): [number, number] => [millis(span.from), span.to === null ? to : millis(span.to)])
    .sort((one, other) => one[0] - other[0]);
  const room = Math.max(1, (to - from) * 1e-7);
  const busy: [number, number][] = [];
  for (const [begin, end] of times) {
    const last = busy.at(-1);
    const [low, high] = [Math.max(from, begin - room), Math.min(to, end + room)];
    if (last && low <= last[1]) last[1] = Math.max(last[1], high);
    else if (high > low) busy.push([low, high]);
  }
  return busy;
}

function divided(busy: readonly [number, number][], from: number, to: number): { from: number; to: number; idle: boolean }[] {
  const parts: { from: number; to: number; idle: boolean }[] = [];
  let at = from;
  for (const [low, high] of busy) {
    if (low > at) parts.push({ from: at, to: low, idle: true });
    parts.push({ from: low, to: high, idle: false });
    at = high;
  }
  if (to > at) parts.push({ from: at, to, idle: true });
  return parts.length > 0 ? parts : [{ from, to, idle: true }];
}

function total(parts: readonly { from: number; to: number; idle: boolean }[], idle: boolean): number {
  return parts.reduce((sum, part) => (part.idle === idle ? sum + part.to - part.from : sum), 0);
}
