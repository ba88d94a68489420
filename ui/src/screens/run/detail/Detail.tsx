// What is selected, in full: an entry, a step, an edge or a span. Where nothing is, the run itself.
import { type ReactNode, useMemo } from "react";
import { Badge, Glyph } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { Copy } from "@/parts/Copy";
import { FileLink } from "@/parts/FileLink";
import { duration, whole } from "@/parts/format";
import { Moment } from "@/parts/Time";
import { about, chosenBy, titleOf } from "../graph/NodeFace";
import { clock } from "../log/filter";
import { lookOfEntry, NODE_LOOKS, SPAN_WORDS, tellEntry } from "../looks";
import type { Links, Selected } from "../selection";
import type { Entry, GraphEdge, GraphNode, Run, RunGraph, Span } from "../shapes";
import { lasted } from "../times";
import { DecisionView } from "./DecisionView";
import { JsonTree } from "./JsonTree";
import { StepProblemView } from "./StepProblemView";

interface Props {
  run: Run;
  graph: RunGraph | undefined;
  links: Links;
  selection: Selected | null;
  onSelect: (selection: Selected | null) => void;
  /** What can be done with a step; empty where nothing can. */
  actions: (path: string) => ReactNode;
}

export function Detail(props: Props) {
  const { graph, links, selection } = props;
  switch (selection?.kind) {
    case "entry": {
      const entry = links.entry(Number(selection.id));
      return entry ? <EntryDetail entry={entry} {...props} /> : <Gone {...props} />;
    }
    case "span": {
      const span = links.span(selection.id);
      return span ? <SpanDetail span={span} {...props} /> : <Gone {...props} />;
    }
    case "node": {
      const node = graph?.nodes.find((each) => each.path === selection.id);
      return node ? <NodeDetail node={node} {...props} /> : <Gone {...props} />;
    }
    case "edge": {
      const edge = graph?.edges.find((each) => each.id === selection.id);
      return edge ? <EdgeDetail edge={edge} {...props} /> : <Gone {...props} />;
    }
    default:
      return <RunDetail {...props} />;
  }
}

function Frame({ title, beside, onClose, children }: { title: ReactNode; beside?: ReactNode; onClose?: () => void; children: ReactNode }) {
  return (
    <section className="run-detail" aria-label="Details">
      <header>
        <h2 className="cut">{title}</h2>
        {beside}
        {onClose && <Button kind="quiet" icon="close" aria-label="Select nothing" onClick={onClose} />}
      </header>
      <div className="inside stack">{children}</div>
    </section>
  );
}

function Gone({ onSelect }: Props) {
  return (
    <Frame title="Not here" onClose={() => onSelect(null)}>
      <p className="dim">What the address names is not in this run, or not yet.</p>
    </Frame>
  );
}

function RunDetail({ run }: Props) {
  return (
    <Frame title="Input and output">
      <JsonTree label="Input" value={run.input} />
      {run.output !== null && run.output !== undefined && <JsonTree label="Output" value={run.output} />}
      {run.undone.length > 0 && (
        <section>
          <h3>Taken back, in order</h3>
          <p>{run.undone.join(", ")}</p>
        </section>
      )}
      <p className="dim">Select a step, a bar or an entry to see what happened there.</p>
    </Frame>
  );
}

function EntryDetail({ entry, run, actions, onSelect }: Props & { entry: Entry }) {
  const [tone, shape] = lookOfEntry(entry);
  const title = entry.path ?? (entry.type === "end" ? "The end" : entry.type === "started" ? "The beginning" : entry.type);
  return (
    <Frame
      title={title}
      beside={
        <Badge tone={tone} shape={shape}>
          {entry.type}
        </Badge>
      }
      onClose={() => onSelect(null)}
    >
      <EntryBody entry={entry} run={run} />
      {entry.path !== undefined && actions(entry.path)}
    </Frame>
  );
}

function EntryBody({ entry, run }: { entry: Entry; run: Run }) {
  return (
    <>
      <dl className="pairs">
        <Pair name="When">
          <Moment at={entry.at} /> <span className="dim">entry {whole(entry.number)}</span>
        </Pair>
        {entry.started_at && (
          <Pair name="Took">
            {duration(lasted(entry.started_at, entry.at))} <span className="dim">from {clock(entry.started_at)}</span>
          </Pair>
        )}
        {entry.step && (
          <Pair name="Calls">
            <span className="mono">{entry.step}</span>
            {(entry.attempt ?? 0) > 0 && <span className="dim"> attempt {entry.attempt}</span>}
          </Pair>
        )}
        {entry.decision && <Pair name="Decision">{entry.decision}</Pair>}
        {entry.signal && <Pair name="Signal">{entry.signal}</Pair>}
        {entry.key && (
          <Pair name="Key">
            <span className="mono">
              {run.id}/{entry.key}
            </span>
            <Copy text={`${run.id}/${entry.key}`} what="idempotency key" />
          </Pair>
        )}
        {entry.type === "order" && <Pair name="Order">{tellEntry(entry)}</Pair>}
        {entry.until && (
          <Pair name="Until">
            <Moment at={entry.until} />
          </Pair>
        )}
      </dl>
      {entry.type === "decision" ? (
        <DecisionView run={run} entry={entry} />
      ) : (
        <>
          {entry.problem && <StepProblemView problem={entry.problem} />}
          {entry.input !== undefined && <JsonTree label="Input" value={entry.input} />}
          {entry.output !== undefined && entry.output !== null && <JsonTree label="Output" value={entry.output} />}
          {entry.order?.input !== undefined && <JsonTree label="Edited input" value={entry.order.input} />}
        </>
      )}
    </>
  );
}

function Pair({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function SpanDetail(props: Props & { span: Span }) {
  const { span, links, run, actions, onSelect } = props;
  const entries = span.entries.flatMap((number) => links.entry(number) ?? []);
  const last = entries.at(-1);
  const going = span.to === null;
  return (
    <Frame
      title={span.path}
      beside={<Badge tone={span.queued ? "wait" : going ? "busy" : span.outcome === "ok" ? "good" : "bad"} shape={going ? "dot" : "check"}>{span.queued ? "waits" : going ? "goes on" : span.outcome}</Badge>}
      onClose={() => onSelect(null)}
    >
      <dl className="pairs">
        <Pair name="What">{SPAN_WORDS[span.kind] ?? span.kind}</Pair>
        {span.asked && (
          <Pair name="Waited">
            {duration(lasted(span.asked, span.from))} for its turn <span className="dim">from {clock(span.asked)}</span>
          </Pair>
        )}
        <Pair name="From">
          <Moment at={span.from} />
        </Pair>
        <Pair name={span.queued ? "Waits for its turn" : "Took"}>{duration(lasted(span.from, span.to))}</Pair>
      </dl>
      {last ? <EntryBody entry={last} run={run} /> : span.problem && <StepProblemView problem={span.problem} />}
      {entries.length > 1 && <EntryList entries={entries} onSelect={onSelect} />}
      {actions(span.path)}
    </Frame>
  );
}

function EntryList({ entries, onSelect }: { entries: readonly Entry[]; onSelect: Props["onSelect"] }) {
  const shown = entries.slice(-30);
  return (
    <section>
      <h3>
        In the log
        {shown.length < entries.length && <span className="dim"> the last {shown.length} of {whole(entries.length)}</span>}
      </h3>
      <ul className="run-entries">
        {shown.map((entry) => {
          const [tone, shape] = lookOfEntry(entry);
          return (
            <li key={entry.number}>
              <button type="button" onClick={() => onSelect({ kind: "entry", id: String(entry.number) })}>
                <span className="tone" data-tone={tone}>
                  <Glyph shape={shape} />
                </span>
                <span>{entry.type}</span>
                <span className="dim cut">{tellEntry(entry)}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function NodeDetail({ node, run, graph, links, actions, onSelect }: Props & { node: GraphNode }) {
  const status = node.state?.status ?? "untouched";
  const [tone, shape] = NODE_LOOKS[status];
  const entries = links.entriesOf(node.path);
  const decision = entries.findLast((entry) => entry.type === "decision");
  const problem = entries.at(-1)?.problem;
  const ways = useMemo(() => graph?.edges.filter((edge) => edge.from === node.path) ?? [], [graph, node.path]);
  return (
    <Frame
      title={node.name}
      beside={
        <Badge tone={tone} shape={shape}>
          {status}
        </Badge>
      }
      onClose={() => onSelect(null)}
    >
      <dl className="pairs">
        <Pair name="Does">
          {node.kind} <span className="mono">{about(node)}</span>
        </Pair>
        {node.condition && (
          <Pair name="If">
            <code>{node.condition}</code>
          </Pair>
        )}
        {node.resource && <Pair name="Resource">{node.resource}</Pair>}
        {node.undo && <Pair name="Undo">{node.undo}</Pair>}
        {node.commit && <Pair name="Commits">what came before it is no longer undone</Pair>}
        {(node.state?.visits ?? 0) > 0 && <Pair name="Visits">{whole(node.state?.visits ?? 0)}</Pair>}
        {node.state?.items && (
          <Pair name="Items">
            {whole(node.state.items.done)} of {whole(node.state.items.total)} done
            {node.state.items.failed > 0 && `, ${whole(node.state.items.failed)} failed`}
          </Pair>
        )}
        {node.file && (
          <Pair name="Written in">
            <FileLink file={node.file} line={node.line} digest={run.digest} />
          </Pair>
        )}
      </dl>
      {problem && !decision && <StepProblemView problem={problem} />}
      {decision && <DecisionView run={run} entry={decision} />}
      {ways.length > 1 && <Ways ways={ways} graph={graph} onSelect={onSelect} />}
      {entries.length > 0 && <EntryList entries={entries} onSelect={onSelect} />}
      {actions(node.path)}
    </Frame>
  );
}

function Ways({ ways, graph, onSelect }: Pick<Props, "graph" | "onSelect"> & { ways: readonly GraphEdge[] }) {
  return (
    <section>
      <h3>From here on</h3>
      <ul className="run-entries">
        {ways.map((edge) => {
          const chosen = (edge.taken ?? 0) > 0 ? chosenBy(edge) : null;
          return (
            <li key={edge.id} data-faint={(edge.taken ?? 0) === 0 || undefined}>
              <button type="button" onClick={() => onSelect({ kind: "edge", id: edge.id })}>
                <span className="cut">
                  {edge.label || edge.kind} → {titleOf(graph, edge.to)}
                </span>
                {chosen && <span className="dim cut">{chosen.text}</span>}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const CHOSEN_BY: Record<string, string> = {
  rule: "A rule",
  default: "The default",
  condition: "A condition",
  signal: "A signal",
  error: "An error",
  order: "The order of the file",
};

function EdgeDetail({ edge, run, graph, links, onSelect }: Props & { edge: GraphEdge }) {
  const { chosen } = edge;
  const taken = edge.taken ?? 0;
  const decision = chosen?.decision ? links.decisionOf(edge.from) : undefined;
  return (
    <Frame
      title={`${titleOf(graph, edge.from)} → ${titleOf(graph, edge.to)}`}
      beside={taken > 0 ? <Badge tone="good" shape="check">taken{taken > 1 ? ` ×${taken}` : ""}</Badge> : <Badge shape="ring">not taken</Badge>}
      onClose={() => onSelect(null)}
    >
      <dl className="pairs">
        <Pair name="Way">{edge.label || edge.kind}</Pair>
        {chosen && chosen.text !== "" && (
          <Pair name="Chosen by">
            {CHOSEN_BY[chosen.by] ?? chosen.by}: {chosen.rule ? <strong>{chosen.rule}</strong> : <span>{chosen.text}</span>}
          </Pair>
        )}
        {chosen?.because && <Pair name="Because">{chosen.because}</Pair>}
        {chosen?.layer && <Pair name="Layer">{chosen.layer}</Pair>}
        {chosen?.file && (
          <Pair name="Written in">
            <FileLink file={chosen.file} line={chosen.line} digest={decision?.digest ?? run.digest} />
          </Pair>
        )}
      </dl>
      {decision && <DecisionView run={run} entry={decision} />}
    </Frame>
  );
}
