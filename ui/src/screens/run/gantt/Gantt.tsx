// When each step did what: bars on a common scale, only those that can be seen.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { Button } from "@/parts/Button";
import { duration, whole } from "@/parts/format";
import { useNow } from "@/parts/Time";
import { shortPath, SPAN_WORDS, tellLength, toneOfSpan } from "../looks";
import type { Linked, Selected } from "../selection";
import type { Span, Timeline } from "../shapes";
import { useSeen } from "../seen";
import { lasted, millis } from "../times";
import { marksOf } from "./marks";
import { type Bar as Drawn, barsOf, type Row, rowsOf } from "./rows";
import { type Scale, scaleOf } from "./scale";

interface Props {
  timeline: Timeline;
  selected: Linked;
  hovered: Linked;
  /** What is selected, as the address names it. */
  selection: string | null;
  onSelect: (selection: Selected) => void;
  onHover: (selection: Selected | null) => void;
}

const ROW = 22; // px
const ALL: readonly [number, number] = [0, 1];
const NEAREST = 1e-6; // how far in one can zoom

export function Gantt({ timeline, selected, hovered, selection, onSelect, onHover }: Props) {
  const clock = useNow();
  const live = timeline.to === null;
  const now = live ? Math.max(clock, Date.now()) : millis(timeline.to ?? timeline.from);
  const [squeeze, setSqueeze] = useState<boolean | null>(null);
  const [view, setView] = useState<readonly [number, number]>(ALL);
  const rows = useMemo(() => rowsOf(timeline.spans), [timeline.spans]);
  const scale = useMemo(
    () => scaleOf(timeline.spans, millis(timeline.from), now, squeeze),
    [timeline, now, squeeze],
  );
  const scroll = useRef<HTMLDivElement>(null);
  const width = useWidth(scroll);
  const label = width > 560 ? 150 : 96;
  const room = Math.max(40, width - label - 12);
  const across = (time: number): number => ((scale.place(time) - view[0]) / (view[1] - view[0])) * room;
  const lines = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const at = useMemo(() => rowOf(rows, selected), [rows, selected]);
  useSeen(selection, at, (index) => lines.scrollToIndex(index, { align: "auto" }));
  const zoom = (factor: number, at = 0.5): void => setView((before) => zoomed(before, factor, at));
  useWheel(scroll, label, room, zoom, (share) => setView((before) => moved(before, share)));
  const choose = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 0;
    const next = step === 0 ? undefined : neighbour(timeline.spans, selected, step);
    if (!next) return;
    event.preventDefault();
    onSelect({ kind: "span", id: next.id });
  };
  return (
    <div className="run-gantt" style={{ ["--label" as string]: `${label}px` }}>
      <Axis scale={scale} view={view} room={room} />
      <div
        ref={scroll}
        className="rows"
        tabIndex={0}
        role="group"
        aria-label={`Timeline of ${whole(timeline.spans.length)} spans; arrows go from one to the next`}
        onKeyDown={choose}
      >
        {timeline.truncated && <p className="run-none dim">Of very many spans these are the newest.</p>}
        {rows.length === 0 && <p className="run-none dim">Nothing has taken time yet.</p>}
        <div className="all" style={{ height: lines.getTotalSize() }}>
          {lines.getVirtualItems().map((line) => {
            const row = rows[line.index];
            return (
              row && (
                <Line
                  key={row.path}
                  row={row}
                  top={line.start}
                  bars={barsOf(row, across, room, now, (id) => selected.spans.has(id))}
                  letters={label > 100 ? 17 : 10}
                  {...{ selected, hovered, onSelect, onHover, now }}
                />
              )
            );
          })}
        </div>
      </div>
      <div className="foot">
        {view === ALL ? <div className="pan" /> : <Pan view={view} onView={setView} />}
        {scale.worthwhile || squeeze !== null ? (
          <Button kind="quiet" aria-pressed={scale.squeezed} title="Draw long waits short" onClick={() => setSqueeze(!scale.squeezed)}>
            Short waits
          </Button>
        ) : null}
        <Button icon="plus" kind="quiet" aria-label="Zoom in" onClick={() => zoom(0.5)} />
        <Button kind="quiet" aria-label="Zoom out" onClick={() => zoom(2)}>
          −
        </Button>
        <Button kind="quiet" onClick={() => setView(ALL)}>
          Fit
        </Button>
      </div>
    </div>
  );
}

interface LineProps extends Omit<Props, "timeline" | "selection"> {
  row: Row;
  top: number;
  bars: ReturnType<typeof barsOf>;
  now: number;
  /** How many letters of the path there is room for. */
  letters: number;
}

function Line({ row, top, bars, letters, selected, hovered, onSelect, onHover, now }: LineProps) {
  const marked = row.spans.some((span) => selected.spans.has(span.id));
  const name = shortPath(row.path, letters);
  const last = row.path.slice(row.path.lastIndexOf("/") + 1);
  return (
    <div className="line" style={{ top, height: ROW }} data-mark={marked ? "selected" : undefined}>
      <span className="name cut" title={row.path} style={{ paddingLeft: row.depth > 0 ? 20 : 12 }}>
        {name.length > last.length && <span className="dim">{name.slice(0, -last.length)}</span>}
        {last}
      </span>
      <div className="track">
        {bars.map((drawn) => {
          const { id } = drawn.span;
          const mark = selected.spans.has(id) ? "selected" : hovered.spans.has(id) ? "hovered" : undefined;
          return <Bar key={`${drawn.waits} ${id}`} {...drawn} {...{ mark, onSelect, onHover, now }} />;
        })}
      </div>
    </div>
  );
}

interface BarProps extends Drawn, Pick<Props, "onSelect" | "onHover"> {
  mark: "selected" | "hovered" | undefined;
  now: number;
}

/** A bar that can be selected: of a span, or before it of what its call waited. */
function Bar({ span, waits, left, width, mark, onSelect, onHover, now }: BarProps) {
  const selection: Selected = { kind: "span", id: span.id };
  const told = waits ? `${span.path}: ${tellLength(span, now)}` : tellSpan(span, now);
  const look = waits ? { "data-waits": true } : { "data-kind": span.kind, "data-tone": toneOfSpan(span), "data-live": span.to === null || undefined };
  return (
    <button
      type="button"
      tabIndex={-1}
      className="bar"
      {...look}
      data-mark={mark}
      aria-pressed={mark === "selected"}
      aria-label={told}
      title={told}
      style={{ left, width }}
      onClick={() => onSelect(selection)}
      onMouseEnter={() => onHover(selection)}
      onMouseLeave={() => onHover(null)}
    >
      {width > 54 && !waits && span.kind !== "decision" && <span className="cut">{duration(lasted(span.from, span.to, now))}</span>}
    </button>
  );
}

function tellSpan(span: Span, now: number): string {
  const attempt = (span.attempt ?? 1) > 1 ? `, attempt ${span.attempt}` : "";
  const took = span.kind === "decision" ? "" : `, ${tellLength(span, now)}`;
  const came = span.to === null ? ", goes on" : span.problem ? `, ${span.problem.code}` : "";
  return `${span.path}: ${SPAN_WORDS[span.kind] ?? span.kind} ${span.label === span.path ? "" : span.label}${attempt}${took}${came}`;
}

function Axis({ scale, view, room }: { scale: Scale; view: readonly [number, number]; room: number }) {
  const marks = useMemo(() => marksOf(scale, view, room), [scale, view, room]);
  return (
    <div className="axis" aria-hidden="true">
      {marks.map(({ left, text }) => (
        <span key={text} style={{ left }}>
          {text}
        </span>
      ))}
    </div>
  );
}

/** What part of the whole is seen; drag it along. */
function Pan({ view, onView }: { view: readonly [number, number]; onView: (view: readonly [number, number]) => void }) {
  const track = useRef<HTMLDivElement>(null);
  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1 || !track.current) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    onView(moved(view, event.movementX / track.current.clientWidth / (view[1] - view[0])));
  };
  return (
    <div className="pan" ref={track} aria-hidden="true">
      <div
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        style={{ left: `${view[0] * 100}%`, width: `${Math.max(0.02, view[1] - view[0]) * 100}%` }}
      />
    </div>
  );
}

function zoomed([low, high]: readonly [number, number], factor: number, at: number): readonly [number, number] {
  const length = Math.min(1, Math.max(NEAREST, (high - low) * factor));
  if (length >= 1) return ALL;
  const fixed = low + (high - low) * at;
  const start = Math.min(1 - length, Math.max(0, fixed - length * at));
  return [start, start + length];
}

/** Along by a share of what is seen. */
function moved([low, high]: readonly [number, number], share: number): readonly [number, number] {
  const length = high - low;
  const start = Math.min(1 - length, Math.max(0, low + share * length));
  return length >= 1 ? ALL : [start, start + length];
}

/** The span before or after the selected one, by time. */
function neighbour(spans: readonly Span[], selected: Linked, step: number): Span | undefined {
  const at = spans.findIndex((span) => selected.spans.has(span.id));
  return at < 0 ? spans[step > 0 ? 0 : spans.length - 1] : spans[at + step];
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(600);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 600));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

/** The row of what is selected; −1 where it has none. */
function rowOf(rows: readonly Row[], selected: Linked): number {
  return selected.spans.size === 0 ? -1 : rows.findIndex((row) => row.spans.some((span) => selected.spans.has(span.id)));
}

/** Zoom by Ctrl and the wheel, around the pointer; go along by Shift and the wheel. */
function useWheel(
  element: React.RefObject<HTMLElement | null>,
  label: number,
  room: number,
  zoom: (factor: number, at: number) => void,
  move: (share: number) => void,
): void {
  const latest = useRef({ label, room, zoom, move });
  latest.current = { label, room, zoom, move };
  useEffect(() => {
    const target = element.current;
    const turn = (event: WheelEvent): void => {
      const { label, room, zoom, move } = latest.current;
      const along = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        const left = event.clientX - (target?.getBoundingClientRect().left ?? 0) - label;
        zoom(Math.exp(event.deltaY / 300), Math.min(1, Math.max(0, left / room)));
      } else if (along !== 0) move(along / room);
      else return;
      event.preventDefault();
    };
    target?.addEventListener("wheel", turn, { passive: false });
    return () => target?.removeEventListener("wheel", turn);
  }, [element]);
}
