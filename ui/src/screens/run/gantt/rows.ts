// The rows of the Gantt: one for each path, in the order in which they began.
import type { Span } from "../shapes";
import { millis } from "../times";

export interface Row {
  path: string;
  /** How far it stands in: items and branches below their step. */
  depth: number;
  spans: Span[];
}

export function rowsOf(spans: readonly Span[]): Row[] {
  const rows = new Map<string, Row>();
  for (const span of spans) {
    const row = rows.get(span.path);
    if (row) row.spans.push(span);
    else rows.set(span.path, { path: span.path, depth: span.path.split("/").length - 1, spans: [span] });
  }
  return nested([...rows.values()]);
}

/** Rows below the row of their step where it has one, else where they began. */
function nested(rows: Row[]): Row[] {
  const order = new Map<string, number>();
  rows.forEach((row, index) => {
    const top = row.path.split("/", 1)[0] ?? row.path;
    if (!order.has(top)) order.set(top, index);
  });
  const place = (row: Row): number => order.get(row.path.split("/", 1)[0] ?? row.path) ?? 0;
  return rows
    .map((row, index) => ({ row, index }))
    .sort((one, other) => place(one.row) - place(other.row) || one.index - other.index)
    .map(({ row }) => row);
}

export interface Bar {
  span: Span;
  /** What the call waited for its turn, not the call itself. */
  waits: boolean;
  /** px from the left, and px wide. */
  left: number;
  width: number;
}

const LEAST = 4; // px of the shortest bar
const BEYOND = 10; // px that a bar goes on beyond what is seen
const SHORTEST_WAIT = 3; // px: shorter waits cannot be seen

/** The bars of a row that can be seen. Of those that would lie on each other only the first is drawn. */
export function barsOf(
  row: Row,
  across: (time: number) => number,
  width: number,
  now: number,
  wanted: (id: string) => boolean,
): Bar[] {
  const bars: Bar[] = [];
  let drawn = Number.NEGATIVE_INFINITY;
  const draw = (span: Span, waits: boolean, left: number, right: number): void => {
    if (right < 0 || left > width) return;
    const hidden = right <= drawn + 1 && span.kind !== "decision";
    if (hidden && !wanted(span.id)) return;
    const begin = Math.max(left, -BEYOND);
    bars.push({ span, waits, left: begin, width: Math.min(right, width + BEYOND) - begin });
    drawn = Math.max(drawn, right);
  };
  for (const span of row.spans) {
    const left = across(millis(span.from));
    const asked = span.asked === undefined ? left : across(millis(span.asked));
    if (left - asked >= SHORTEST_WAIT) draw(span, true, asked, left);
    draw(span, span.queued === true, left, Math.max(across(span.to === null ? now : millis(span.to)), left + LEAST));
  }
  return bars;
}
