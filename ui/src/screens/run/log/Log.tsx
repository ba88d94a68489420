// The history, entry by entry: only the lines that can be seen are drawn.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import { Glyph } from "@/parts/Badge";
import { fullMoment, whole } from "@/parts/format";
import { lookOfEntry, shortPath, tellEntry } from "../looks";
import type { Linked, Selected } from "../selection";
import type { Entry } from "../shapes";
import { useSeen } from "../seen";
import { clock, type Filter, filtered, typesOf } from "./filter";

interface Props {
  entries: readonly Entry[];
  filter: Filter;
  onFilter: (filter: Partial<Filter>) => void;
  selected: Linked;
  /** The entry on which the reader is. */
  current: number | null;
  hovered: Linked;
  /** What is selected, as the address names it. */
  selection: string | null;
  live: boolean;
  onSelect: (selection: Selected) => void;
  onHover: (selection: Selected | null) => void;
}

const ROW = 28; // px
const AT_END = 60; // px from the end within which new entries are followed

export function Log({ entries, filter, onFilter, selected, current, hovered, selection, live, onSelect, onHover }: Props) {
  const shown = useMemo(() => filtered(entries, filter), [entries, filter]);
  const scroll = useRef<HTMLDivElement>(null);
  const lines = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const at = useMemo(() => placeOf(shown, selected, current), [shown, selected, current]);
  useSeen(selection, at, (index) => lines.scrollToIndex(index, { align: "auto" }));
  useFollowing(scroll, shown.length, live, () => lines.scrollToIndex(shown.length - 1));
  const move = (event: KeyboardEvent): void => {
    const next = target(event.key, at, shown.length);
    const entry = next === null ? undefined : shown[next];
    if (!entry) return;
    event.preventDefault();
    onSelect({ kind: "entry", id: String(entry.number) });
  };
  return (
    <div className="run-log">
      <Filters entries={entries} shown={shown.length} filter={filter} onFilter={onFilter} />
      <div
        ref={scroll}
        className="lines"
        role="listbox"
        aria-label="Log"
        tabIndex={0}
        aria-activedescendant={at >= 0 ? `entry-${shown[at]?.number}` : undefined}
        onKeyDown={move}
      >
        {shown.length === 0 && (
          <p className="run-none dim" role="option" aria-selected={false}>
            {entries.length === 0 ? "Nothing is recorded yet." : "No entry fits the filter."}
          </p>
        )}
        <div className="all" role="presentation" style={{ height: lines.getTotalSize() }}>
          {lines.getVirtualItems().map((line) => {
            const entry = shown[line.index];
            return (
              entry && (
                <Line
                  key={entry.number}
                  entry={entry}
                  top={line.start}
                  place={line.index + 1}
                  count={shown.length}
                  mark={selected.entries.has(entry.number) ? "selected" : hovered.entries.has(entry.number) ? "hovered" : undefined}
                  current={entry.number === current}
                  onSelect={onSelect}
                  onHover={onHover}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface LineProps extends Pick<Props, "onSelect" | "onHover"> {
  entry: Entry;
  top: number;
  place: number;
  count: number;
  mark: string | undefined;
  current: boolean;
}

function Line({ entry, top, place, count, mark, current, onSelect, onHover }: LineProps) {
  const [tone, shape] = lookOfEntry(entry);
  const selection: Selected = { kind: "entry", id: String(entry.number) };
  return (
    <div
      id={`entry-${entry.number}`}
      className="line"
      role="option"
      aria-selected={mark === "selected"}
      aria-setsize={count}
      aria-posinset={place}
      style={{ top, height: ROW }}
      data-mark={mark}
      data-current={current || undefined}
      data-entry={entry.number}
      onClick={() => onSelect(selection)}
      onMouseEnter={() => onHover(selection)}
      onMouseLeave={() => onHover(null)}
    >
      <span className="number dim">{entry.number}</span>
      <time className="dim" dateTime={entry.at} title={fullMoment(entry.at)}>
        {clock(entry.at)}
      </time>
      <span className="tone" data-tone={tone}>
        <Glyph shape={shape} />
      </span>
      <span className="type">{entry.type}</span>
      {entry.path !== undefined && (
        <span className="path cut" title={entry.path}>
          {shortPath(entry.path, 20)}
        </span>
      )}
      <span className="tells cut dim">{tellEntry(entry)}</span>
    </div>
  );
}

function Filters({
  entries,
  shown,
  filter,
  onFilter,
}: Pick<Props, "entries" | "filter" | "onFilter"> & { shown: number }) {
  const types = useMemo(() => typesOf(entries), [entries]);
  const toggle = (type: string): void => {
    const has = filter.types.includes(type);
    onFilter({ types: has ? filter.types.filter((each) => each !== type) : [...filter.types, type] });
  };
  return (
    <div className="filters">
      <input
        className="input"
        type="search"
        data-filter
        aria-label="Filter the log by path or text"
        placeholder="Filter by path or text"
        value={filter.text}
        onChange={(event) => onFilter({ text: event.target.value })}
      />
      <div className="types" role="group" aria-label="Kinds of entries">
        {types.map(({ type, count }) => (
          <button key={type} type="button" className="chip" aria-pressed={filter.types.includes(type)} onClick={() => toggle(type)}>
            {type} <span className="dim">{whole(count)}</span>
          </button>
        ))}
      </div>
      {shown < entries.length && (
        <span className="dim count">
          {whole(shown)} of {whole(entries.length)}
        </span>
      )}
    </div>
  );
}

/** Where the reader is in the list: −1 where nothing of it is selected. */
function placeOf(shown: readonly Entry[], selected: Linked, current: number | null): number {
  const own = current === null ? -1 : shown.findIndex((entry) => entry.number === current);
  if (own >= 0) return own;
  return selected.entries.size === 0 ? -1 : shown.findIndex((entry) => selected.entries.has(entry.number));
}

function target(key: string, at: number, count: number): number | null {
  switch (key) {
    case "ArrowDown":
      return Math.min(count - 1, at + 1);
    case "ArrowUp":
      return Math.max(0, at < 0 ? count - 1 : at - 1);
    case "PageDown":
      return Math.min(count - 1, at + 15);
    case "PageUp":
      return Math.max(0, at - 15);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

/** Stay at the end while entries come, if the reader is there. */
function useFollowing(element: React.RefObject<HTMLElement | null>, count: number, live: boolean, toEnd: () => void): void {
  const atEnd = useRef(true);
  useEffect(() => {
    const target = element.current;
    const look = (): void => {
      if (target) atEnd.current = target.scrollHeight - target.scrollTop - target.clientHeight < AT_END;
    };
    target?.addEventListener("scroll", look, { passive: true });
    return () => target?.removeEventListener("scroll", look);
  }, [element]);
  useEffect(() => {
    if (live && atEnd.current && count > 0) toEnd();
  }, [count]);
}
