// A run: its graph, its Gantt and its log move together, and a person can intervene.
import { useCallback, useMemo, useState } from "react";
import { Link } from "wouter";
import { Refusal } from "@/api/problem";
import { list, oneOf, text, useSearchState } from "@/app/search";
import { useShortcuts } from "@/app/shortcuts";
import { Badge, StatusBadge } from "@/parts/Badge";
import { shortId, whole } from "@/parts/format";
import { Icon } from "@/parts/Icon";
import { Page } from "@/parts/Page";
import { ProblemView } from "@/parts/Problem";
import { Empty, Loaded, Skeleton } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { ActionButtons, ActionDialog, openTo, type Opened, StepActions } from "./actions/Actions";
import { useGraph, useHistory, useRun, useTimeline } from "./data";
import { Detail } from "./detail/Detail";
import { Gantt } from "./gantt/Gantt";
import { GraphPane } from "./graph/GraphPane";
import { Facts, FoldedFacts, Standing } from "./Header";
import { Log } from "./log/Log";
import { filtered } from "./log/filter";
import { Links, NOTHING, type Selected, selected as selectedCodec } from "./selection";
import type { Entry, Run as RunInFull, RunGraph } from "./shapes";
import { useWide } from "./width";
import "./run.css";

const VIEWS = ["graph", "time", "log"] as const;
const SEARCH = { select: selectedCodec, types: list, q: text, view: oneOf(VIEWS) };
const NO_ENTRIES: readonly Entry[] = [];

export default function Run({ run: id }: { run: string }) {
  const run = useRun(id);
  if (run.data) return <RunScreen key={id} run={run.data} stale={run.error} />;
  const unknown = run.error instanceof Refusal && run.error.problem.status === 404;
  return (
    <Page title={`Run ${shortId(id)}`}>
      {unknown ? (
        <Empty title="There is no such run">
          <p>
            No run has the id <code>{id}</code>. It may be misspelt, or the run was deleted after its time.
          </p>
          <Link className="button" href="/runs">
            <Icon name="back" size={14} /> All runs
          </Link>
        </Empty>
      ) : run.error ? (
        <ProblemView error={run.error} onRetry={() => void run.refetch()} />
      ) : (
        <Skeleton lines={10} />
      )}
    </Page>
  );
}

/** Everything of a run that is known, and what is selected in it. */
function useScreen(run: RunInFull) {
  const graph = useGraph(run.id);
  const timeline = useTimeline(run.id);
  const { history, stream } = useHistory(run.id, run.status);
  const [search, change] = useSearchState(SEARCH);
  const [hover, setHover] = useState<Selected | null>(null);
  const [through] = useState(run.status === "completed"); // when it was opened
  const entries = history.data ?? NO_ENTRIES;
  const links = useMemo(
    () => new Links(graph.data, timeline.data?.spans ?? [], entries),
    [graph.data, timeline.data, entries],
  );
  const { select } = search;
  const selected = useMemo(() => links.linked(select), [links, select?.kind, select?.id]);
  const hovered = useMemo(() => (hover === null ? NOTHING : links.linked(hover)), [links, hover]);
  const onSelect = useCallback((next: Selected | null) => change({ select: next }), [change]);
  return { graph, timeline, history, stream, search, change, setHover, through, entries, links, selected, hovered, onSelect };
}

function RunScreen({ run, stale }: { run: RunInFull; stale: unknown }) {
  const screen = useScreen(run);
  const { graph, links, search, onSelect } = screen;
  const [opened, setOpened] = useState<Opened | null>(null);
  const wide = useWide(1100);
  const roomy = useWide(720);
  useKeys(run, screen, setOpened);
  const parts = useParts(run, screen);
  const detail = (
    <Detail
      run={run}
      graph={graph.data}
      links={links}
      selection={search.select}
      onSelect={onSelect}
      actions={(path) => <StepActions run={run} path={path} links={links} onOpen={setOpened} />}
    />
  );
  return (
    <Page
      title={graph.data?.title || run.workflow}
      tab={`${run.workflow} ${shortId(run.id)}`}
      beside={
        <>
          <StatusBadge status={run.status} />
          <Stream state={screen.stream} />
        </>
      }
      actions={<ActionButtons run={run} onOpen={setOpened} />}
      flush
    >
      <div className="run-head">
        {roomy ? <Facts run={run} /> : <FoldedFacts run={run} />}
        {stale !== null && stale !== undefined && <ProblemView error={stale} />}
        <Standing
          run={run}
          graph={graph.data}
          nodeOf={(path) => links.nodeOf(path)}
          onSelect={(node) => onSelect({ kind: "node", id: node })}
        />
      </div>
      {wide ? <WideBody {...parts} detail={detail} rows={rowsIn(screen)} /> : <NarrowBody {...parts} detail={detail} screen={screen} />}
      <ActionDialog opened={opened} run={run} graph={graph.data} links={links} onClose={() => setOpened(null)} />
    </Page>
  );
}

type Screen = ReturnType<typeof useScreen>;
type Parts = ReturnType<typeof useParts>;

/** Whether what is seen is what is, in a word. */
function Stream({ state }: { state: Screen["stream"] }) {
  if (state === "live") {
    return (
      <Badge tone="good" shape="dot" title="The page shows what happens as it happens">
        live
      </Badge>
    );
  }
  return state === "again" ? (
    <Badge tone="warn" shape="ring" title="The stream broke off; the page tries to come back">
      not live
    </Badge>
  ) : null;
}

function useParts(run: RunInFull, screen: Screen) {
  const { graph, timeline, history, search, change, setHover, entries, selected, hovered, onSelect } = screen;
  const drawn = useWide(720);
  const focus = focusOf(run, screen);
  const onHover = setHover;
  const selection = selectedCodec.write(search.select);
  return {
    graph: (
      <Loaded query={graph}>
        {(data) => <GraphPane graph={data} {...{ selected, hovered, focus, drawn, onSelect, onHover }} />}
      </Loaded>
    ),
    gantt: (
      <Loaded query={timeline}>
        {(data) => <Gantt timeline={data} {...{ selection, selected, hovered, onSelect, onHover }} />}
      </Loaded>
    ),
    log: (
      <Loaded query={history}>
        {() => (
          <Log
            entries={entries}
            filter={{ types: search.types, text: search.q }}
            onFilter={({ types, text }) => change({ ...(types ? { types } : {}), ...(text === undefined ? {} : { q: text }) })}
            current={search.select?.kind === "entry" ? Number(search.select.id) : null}
            live={screen.stream === "live"}
            {...{ selection, selected, hovered, onSelect, onHover }}
          />
        )}
      </Loaded>
    ),
  };
}

/** The nodes to look at: what is selected, else where the run stands or ended; of one that was through, its begin. */
function focusOf(run: RunInFull, { selected, links, graph, search, through }: Screen): string[] {
  if (selected.nodes.size > 0) return [...selected.nodes];
  const edge = search.select?.kind === "edge" ? graph.data?.edges.find((each) => each.id === search.select?.id) : undefined;
  if (edge) return [edge.to, edge.from];
  if (through && run.status === "completed") return run.path.slice(0, 1).map((each) => links.nodeOf(each.path));
  const stands = run.at.length > 0 ? run.at : run.path.slice(-1).map((each) => each.path);
  return [...new Set([...endsOf(run, graph.data), ...stands.map((path) => links.nodeOf(path))])];
}

/** The node at which the run ended. */
function endsOf(run: RunInFull, graph: RunGraph | undefined): string[] {
  const kind = run.status === "failed" ? "fail" : run.status === "completed" ? "end" : null;
  const nodes = graph?.nodes.filter((node) => node.parent === null && node.kind === kind && (node.state?.visits ?? 0) > 0);
  return nodes?.map((node) => node.path) ?? [];
}

/** How many rows the Gantt has: it takes no more room than they need. */
function rowsIn({ timeline }: Screen): number {
  return new Set(timeline.data?.spans.map((span) => span.path)).size;
}

function WideBody({ graph, gantt, log, detail, rows }: Parts & { detail: React.ReactNode; rows: number }) {
  return (
    <div className="run-wide" style={{ ["--gantt" as string]: `${Math.max(4, rows) * 22 + 56}px` }}>
      <section className="run-pane" data-area="graph" aria-label="Graph">
        {graph}
      </section>
      <section className="run-pane" data-area="gantt" aria-label="Timeline">
        {gantt}
      </section>
      <section className="run-pane" data-area="log" aria-label="Log">
        {log}
      </section>
      <div className="run-pane" data-area="detail">
        {detail}
      </div>
    </div>
  );
}

function NarrowBody({ graph, gantt, log, detail, screen }: Parts & { detail: React.ReactNode; screen: Screen }) {
  const { search, change, entries, timeline } = screen;
  const drawn = useWide(720);
  const shown = { graph, time: gantt, log }[search.view];
  return (
    <div className="run-narrow">
      <Tabs
        label="Views of the run"
        current={search.view}
        onChoose={(view) => change({ view })}
        tabs={[
          { name: "graph", title: drawn ? "Graph" : "Steps" },
          { name: "time", title: `Timeline ${whole(timeline.data?.spans.length ?? 0)}` },
          { name: "log", title: `Log ${whole(entries.length)}` },
        ]}
      />
      <div className="run-pane" role="tabpanel" aria-label={search.view}>
        {shown}
      </div>
      {search.select !== null && <div className="run-sheet">{detail}</div>}
    </div>
  );
}

/** `j` and `k` go through the log, `Escape` selects nothing, and letters begin what can be done. */
function useKeys(run: RunInFull, screen: Screen, open: (opened: Opened) => void): void {
  const { entries, search, selected, onSelect } = screen;
  const step = (by: number): void => {
    const shown = filtered(entries, { types: search.types, text: search.q });
    const own = search.select?.kind === "entry" ? Number(search.select.id) : Math.min(...selected.entries);
    const at = shown.findIndex((entry) => entry.number === own);
    const next = shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.min(shown.length - 1, Math.max(0, at + by))];
    if (next) onSelect({ kind: "entry", id: String(next.number) });
  };
  const { signals, retries } = openTo(run);
  const [signal] = signals;
  useShortcuts([
    { keys: "j", does: "Next entry of the log", run: () => step(1) },
    { keys: "k", does: "Entry before it", run: () => step(-1) },
    { keys: "Escape", does: "Select nothing", run: () => onSelect(null) },
    ...(signal ? [{ keys: "a", does: `Answer ${signal.signal}`, run: () => open({ action: "signal", waits: signals }) }] : []),
    ...(retries.length > 0
      ? [{ keys: "r", does: "Retry", run: () => open({ action: "retry", waits: retries, path: null }) }]
      : []),
  ]);
}
