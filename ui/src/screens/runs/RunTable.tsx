import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type MouseEvent, type Ref, useEffect, useImperativeHandle, useRef, useState, useSyncExternalStore } from "react";
import { Link, useLocation } from "wouter";
import { ENDED, type RunSummary } from "@/api/types";
import { useShortcuts } from "@/app/shortcuts";
import { StatusBadge } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { shortId, whole } from "@/parts/format";
import { ProblemView } from "@/parts/Problem";
import { Ago, Lasting } from "@/parts/Time";
import type { Listed } from "./runList";
import type { Seen } from "./useRunList";

const DESK = 34; // pixels of a row
const PHONE = 62;
const AHEAD = 60; // rows before the end at which the next page is fetched
const narrow = window.matchMedia("(max-width: 720px)");

function useNarrow(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      narrow.addEventListener("change", watcher);
      return () => narrow.removeEventListener("change", watcher);
    },
    () => narrow.matches,
  );
}

export interface TableHandle {
  /** Where the reader looks. */
  seen: () => Seen;
  toTop: () => void;
}

interface Props {
  listed: Listed;
  chosen: ReadonlySet<string>;
  onChoose: (id: string, on: boolean) => void;
  onMore: () => void;
  onSettle: () => void;
  /** The reader has come to other rows. */
  onSeen: () => void;
  /** Where to begin, and where the reader has come to: pixels from the top. */
  offset: number;
  onOffset: (offset: number) => void;
  handle: Ref<TableHandle>;
}

/** The rows, of which only those that are seen are drawn. */
export function RunTable({ listed, chosen, onChoose, onMore, onSettle, onSeen, offset, onOffset, handle }: Props) {
  const { rows, gone, fresh, whole: all, loading, error } = listed;
  const frame = useRef<HTMLDivElement>(null);
  const hovered = useRef(false);
  const [at, setAt] = useState(-1);
  const small = useNarrow();
  const size = small ? PHONE : DESK;
  const drawn = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => size,
    overscan: 12,
    initialOffset: offset,
  });
  useEffect(() => drawn.measure(), [drawn, size]);
  const items = drawn.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const first = items[0]?.index ?? 0;

  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - AHEAD && !all && !loading && error === null) onMore();
  }, [last, rows.length, all, loading, error, onMore]);
  useEffect(() => {
    const timer = setTimeout(onSeen, 150);
    return () => clearTimeout(timer);
  }, [first, last, onSeen]);

  const atTop = (): boolean => (frame.current?.scrollTop ?? 0) < size;
  useImperativeHandle(handle, () => ({
    seen: () => ({ from: first, to: Math.max(first, last), settled: atTop() && !hovered.current && at < 1 }),
    toTop: () => drawn.scrollToIndex(0),
  }));
  useRowKeys({
    at,
    count: rows.length,
    onMove: (next) => {
      setAt(next);
      drawn.scrollToIndex(next, { align: "auto" });
    },
    onToggle: () => {
      const run = rows[at];
      if (run) onChoose(run.id, !chosen.has(run.id));
    },
    open: () => rows[at]?.id,
  });

  return (
    <div
      className="runs"
      role="table"
      aria-label="Runs"
      aria-rowcount={all ? rows.length + 1 : -1}
      onPointerEnter={() => {
        hovered.current = true;
      }}
      onPointerLeave={() => {
        hovered.current = false;
        if (atTop() && at < 1) onSettle();
      }}
    >
      <Head />
      {fresh > 0 && (
        <button
          type="button"
          className="fresh"
          onClick={() => {
            onSettle();
            drawn.scrollToIndex(0);
          }}
        >
          {whole(fresh)} new
        </button>
      )}
      <div
        ref={frame}
        className="rows"
        role="rowgroup"
        onScroll={(event) => onOffset(event.currentTarget.scrollTop)}
      >
        <div className="tall" role="presentation" style={{ height: drawn.getTotalSize() }}>
          {items.map((item) => {
            const run = rows[item.index];
            return (
              run && (
                <Row
                  key={run.id}
                  run={run}
                  index={item.index}
                  top={item.start}
                  focused={item.index === at}
                  chosen={chosen.has(run.id)}
                  gone={gone.has(run.id)}
                  onChoose={onChoose}
                />
              )
            );
          })}
        </div>
        <Foot listed={listed} onMore={onMore} />
      </div>
    </div>
  );
}

function Head() {
  return (
    <div className="head" role="row">
      <span role="columnheader">
        <span className="unseen">Chosen</span>
      </span>
      <span role="columnheader">Status</span>
      <span role="columnheader">Workflow</span>
      <span role="columnheader">Fields</span>
      <span role="columnheader">Stands at</span>
      <span role="columnheader">Begun</span>
      <span role="columnheader">Took</span>
      <span role="columnheader">Run</span>
    </div>
  );
}

interface RowProps {
  run: RunSummary;
  index: number;
  top: number;
  focused: boolean;
  chosen: boolean;
  gone: boolean;
  onChoose: (id: string, on: boolean) => void;
}

const Row = memo(function Row({ run, index, top, focused, chosen, gone, onChoose }: RowProps) {
  const [, navigate] = useLocation();
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (focused) link.current?.focus({ preventScroll: true });
  }, [focused]);
  const open = (event: MouseEvent): void => {
    if (event.target instanceof HTMLElement && event.target.closest("a, input, label")) return;
    if (window.getSelection()?.isCollapsed !== false) navigate(`/runs/${run.id}`);
  };
  return (
    <div
      className="run"
      role="row"
      aria-rowindex={index + 2}
      data-focused={focused || undefined}
      data-chosen={chosen || undefined}
      data-gone={gone || undefined}
      title={gone ? "It no longer fits the filter" : undefined}
      style={{ transform: `translateY(${top}px)` }}
      onClick={open}
    >
      <span role="cell" className="pick">
        <input
          type="checkbox"
          aria-label={`Choose run ${run.id}`}
          checked={chosen}
          onChange={(event) => onChoose(run.id, event.target.checked)}
        />
      </span>
      <span role="cell" className="status">
        <StatusBadge status={run.status} />
      </span>
      <span role="cell" className="workflow cut">
        {run.workflow}
      </span>
      <span role="cell" className="fields cut">
        <FieldTags fields={run.fields} />
      </span>
      <span role="cell" className="place cut">
        <Place run={run} />
      </span>
      <span role="cell" className="begun">
        <Ago at={run.created_at} />
      </span>
      <span role="cell" className="took dim">
        <Lasting from={run.created_at} to={ENDED.has(run.status) ? run.updated_at : null} />
      </span>
      <span role="cell" className="id mono">
        <Link ref={link} href={`/runs/${run.id}`} title={run.id}>
          {shortId(run.id)}
          <span className="unseen"> {run.id}</span>
        </Link>
      </span>
    </div>
  );
});

function FieldTags({ fields }: { fields: RunSummary["fields"] }) {
  const entries = Object.entries(fields as Record<string, unknown>).sort(idsFirst);
  return entries.map(([name, value]) => (
    <span key={name} className="tag" title={name}>
      {String(value)}
    </span>
  ));
}

/** What names one thing alone tells most. */
function idsFirst([one]: [string, unknown], [other]: [string, unknown]): number {
  return Number(other.endsWith(".id")) - Number(one.endsWith(".id")) || one.localeCompare(other);
}

function Place({ run }: { run: RunSummary }) {
  if (run.problem) {
    const { code, message } = run.problem;
    return (
      <span className="trouble" title={`${code}: ${message}`}>
        {message || code}
      </span>
    );
  }
  return <span className="dim">{run.at.join(", ")}</span>;
}

function Foot({ listed, onMore }: { listed: Listed; onMore: () => void }) {
  if (listed.error !== null) return <ProblemView error={listed.error} onRetry={onMore} />;
  if (listed.loading) return <p className="end dim">Loading more…</p>;
  if (listed.whole) return <p className="end dim">{whole(listed.rows.length)} in all</p>;
  return null;
}

interface RowKeys {
  at: number;
  count: number;
  onMove: (to: number) => void;
  onToggle: () => void;
  open: () => string | undefined;
}

function useRowKeys({ at, count, onMove, onToggle, open }: RowKeys): void {
  const [, navigate] = useLocation();
  const move = (to: number): void => {
    if (count > 0) onMove(Math.max(0, Math.min(count - 1, to)));
  };
  useShortcuts([
    { keys: "j", does: "Next run", run: () => move(at + 1) },
    { keys: "k", does: "Run before", run: () => move(at - 1) },
    { keys: "x", does: "Choose the run", run: onToggle },
    {
      keys: "Enter",
      does: "Open the run",
      run: () => {
        const id = open();
        if (id) navigate(`/runs/${id}`);
      },
    },
  ]);
}

/** Rows that will be there soon. */
export function RowSkeletons() {
  return (
    <div className="runs" role="status" aria-label="Loading">
      <div className="rows">
        {Array.from({ length: 14 }, (_, index) => (
          <div key={index} className="waiting">
            <span className="skeleton" style={{ width: `${[70, 82, 64, 76][index % 4]}%` }} />
          </div>
        ))}
      </div>
    </div>
  );
}

/** What may be done with the runs that somebody has chosen. */
export function ChosenBar({ count, onOrder, onDrop }: { count: number; onOrder: () => void; onDrop: () => void }) {
  return (
    <div className="chosen" role="status">
      <b>{whole(count)}</b> chosen
      <Button kind="primary" onClick={onOrder}>
        Bulk action…
      </Button>
      <Button kind="quiet" onClick={onDrop}>
        None
      </Button>
    </div>
  );
}
