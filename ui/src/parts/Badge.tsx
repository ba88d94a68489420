// States by shape, word and colour, in this order: nobody has to see colours.
import type { ReactNode } from "react";
import type { RunStatus } from "@/api/types";

export type Tone = "good" | "busy" | "wait" | "warn" | "bad" | "still";
export type Shape = "dot" | "ring" | "half" | "check" | "cross" | "bang" | "bars" | "back" | "square" | "slash";

const SHAPES: Record<Shape, ReactNode> = {
  dot: <circle cx="5" cy="5" r="3.6" fill="currentColor" stroke="none" />,
  ring: <circle cx="5" cy="5" r="3.4" />,
  half: (
    <>
      <circle cx="5" cy="5" r="3.4" />
      <path d="M5 1.6a3.4 3.4 0 0 1 0 6.8Z" fill="currentColor" stroke="none" />
    </>
  ),
  check: <path d="m1.5 5.3 2.4 2.4L8.5 2.6" />,
  cross: <path d="m2 2 6 6m0-6L2 8" />,
  bang: <path d="M5 1.2v4.6M5 8.4v.2" />,
  bars: <path d="M3.2 2v6m3.6-6v6" />,
  back: <path d="M8.5 7A3.6 3.6 0 1 0 2 5.8M1.5 2.7v3.2h3.2" />,
  square: <path d="M2 2h6v6H2z" />,
  slash: <path d="M8 2 2 8" />,
};

const STATUS: Record<RunStatus, [Tone, Shape]> = {
  queued: ["still", "ring"],
  running: ["busy", "dot"],
  waiting: ["wait", "half"],
  parked: ["warn", "square"],
  paused: ["still", "bars"],
  incident: ["bad", "bang"],
  undoing: ["warn", "back"],
  completed: ["good", "check"],
  failed: ["bad", "cross"],
  cancelled: ["still", "slash"],
};

export function Glyph({ shape }: { shape: Shape }) {
  return (
    <svg
      width="10"
      height="10"
      viewBox="0 0 10 10"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {SHAPES[shape]}
    </svg>
  );
}

interface Props {
  tone?: Tone;
  shape?: Shape;
  title?: string;
  children: ReactNode;
}

export function Badge({ tone = "still", shape = "dot", title, children }: Props) {
  return (
    <span className="badge" data-tone={tone} title={title}>
      <Glyph shape={shape} />
      {children}
    </span>
  );
}

/** A run's status. */
export function StatusBadge({ status }: { status: RunStatus }) {
  const [tone, shape] = STATUS[status] ?? ["still", "ring"];
  return (
    <Badge tone={tone} shape={shape}>
      {status}
    </Badge>
  );
}

/** The tone and shape of a run's status, for what is drawn otherwise. */
export function lookOf(status: RunStatus): { tone: Tone; shape: Shape } {
  const [tone, shape] = STATUS[status] ?? ["still", "ring"];
  return { tone, shape };
}
