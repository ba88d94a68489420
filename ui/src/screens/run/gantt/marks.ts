// The marks of the axis: round times that neither crowd nor repeat, each told in full.
import type { Scale } from "./scale";

export interface Mark {
  /** px from the left. */
  left: number;
  /** How long after the beginning it is. */
  text: string;
}

const DAY = 86_400_000;
// milliseconds: round in a decimal way below ten seconds and beyond a day, by the clock between them
const STEPS = [
  ...[1e-3, 1e-2, 0.1, 1, 10, 100, 1e3].flatMap((decade) => [decade, 2 * decade, 5 * decade]),
  ...[10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1800e3, 3600e3, 7200e3, 14400e3, 21600e3, 43200e3],
  ...[1, 10, 100, 1_000].flatMap((decade) => [DAY * decade, 2 * DAY * decade, 5 * DAY * decade]),
];
const APART = 80; // px between two marks at least
const LETTER = 6.3; // px
const AROUND = 12; // px around a label
const SHORT = 4; // letters of a short label: nearer to the end than that no mark can be told
const FINE = 5_000; // after how many steps marks in a row would be told with too many figures
const ROUGH = 10; // the same of a mark that stands alone
const MOST = 12; // steps of a stretch that such a mark may stand in

/** The marks where so many px show this part of the scale. */
export function marksOf(scale: Scale, [low, high]: readonly [number, number], room: number): Mark[] {
  const seen: Seen = { scale, low, high, room };
  const round = apart(seen, candidates(seen, true));
  return round.length > 1 ? round : apart(seen, candidates(seen, false));
}

interface Seen {
  scale: Scale;
  low: number;
  high: number;
  room: number;
}

interface Candidate {
  /** Milliseconds from the beginning, and the step of which they are a multiple. */
  at: number;
  step: number;
}

/** The times of each stretch; `round`: only those that few figures tell, which a small part may have none of. */
function candidates({ scale, low, high, room }: Seen, round: boolean): Candidate[] {
  const stretches = scale.squeezed ? scale.stretches : [{ start: 0, end: 1 }];
  const last = high - ((SHORT * LETTER) / room) * (high - low);
  return stretches.flatMap((stretch) => {
    const [start, end] = [Math.max(low, stretch.start), Math.min(last, stretch.end)];
    if (end <= start) return [];
    const [from, to] = [scale.time(start) - scale.from, scale.time(end) - scale.from];
    const width = ((end - start) / (high - low)) * room;
    const least = ((to - from) / width) * APART;
    const several = multiples(from, to, Math.max(least, round ? to / FINE : 0));
    return several.length > 0 ? several : roundest(from, to, round ? to / ROUGH : 0);
  });
}

/** The multiples between two times of a round step that is at least so long. */
function multiples(from: number, to: number, least: number): Candidate[] {
  const step = STEPS.find((each) => each >= least) ?? Math.ceil(least / DAY) * DAY;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => ({ at: (first + index) * step, step }));
}

/** The roundest times between two others: several, since there may be no room to tell the first. */
function roundest(from: number, to: number, least: number): Candidate[] {
  const steps = STEPS.filter((step) => step >= least && step * MOST >= to - from);
  return steps.map((step) => ({ at: Math.ceil(from / step) * step, step })).filter(({ at }) => at <= to);
}

/** Those that have room beside each other, the rounder ones first. */
function apart({ scale, low, high, room }: Seen, wanted: Candidate[]): Mark[] {
  const marks: (Mark & { right: number })[] = [];
  for (const { at } of wanted.sort((one, other) => other.step - one.step || one.at - other.at)) {
    const text = exactly(at);
    const left = ((scale.place(scale.from + at) - low) / (high - low)) * room;
    const right = left + text.length * LETTER + AROUND;
    if (right <= room + AROUND && marks.every((mark) => mark.right <= left || mark.left >= right)) marks.push({ left, right, text });
  }
  return marks.sort((one, other) => one.left - other.left).map(({ left, text }) => ({ left, text }));
}

const LARGE: readonly [string, number][] = [
  ["d", DAY * 1e3],
  ["h", 3_600e6],
  ["min", 60e6],
];

/** Milliseconds in full, to the microsecond: `0 s`, `250 ms`, `6.165 s`, `1 d 2 h`. */
function exactly(milliseconds: number): string {
  let rest = Math.round(milliseconds * 1e3);
  if (rest === 0) return "0 s";
  if (rest < 1e6) return `${rest / 1e3} ms`;
  const parts = LARGE.flatMap(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count > 0 ? [`${count} ${unit}`] : [];
  });
  return [...parts, ...(rest > 0 ? [`${rest / 1e6} s`] : [])].join(" ");
}
