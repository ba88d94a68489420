import { Glyph } from "@/parts/Badge";
import { duration, whole } from "@/parts/format";
import { Lasting } from "@/parts/Time";
import { NODE_LOOKS } from "../looks";
import type { GraphEdge, GraphNode, RunGraph } from "../shapes";
import { lasted } from "../times";
import { isPoint, pointLabel } from "./layout";

/** What stands on a node: its name, its verb with what it is about, its state. */
export function NodeFace({ node, small }: { node: GraphNode; small: boolean }) {
  const status = node.state?.status ?? "untouched";
  const [tone, shape] = NODE_LOOKS[status] ?? ["still", "ring"];
  return (
    <>
      <span className="tone" data-tone={tone} title={status}>
        <Glyph shape={shape} />
        <span className="unseen">{status}</span>
      </span>
      <span className="words">
        <span className="name cut">{small ? pointLabel(node) : node.name}</span>
        {!small && (
          <span className="about cut">
            <span className="kind">{node.kind}</span> {about(node)}
          </span>
        )}
      </span>
      {!small && (
        <span className="facts">
          <Took node={node} />
          {(node.state?.visits ?? 0) > 1 && <span title="how often the run came here">×{whole(node.state?.visits ?? 0)}</span>}
        </span>
      )}
    </>
  );
}

function Took({ node }: { node: GraphNode }) {
  const { state } = node;
  if (!state) return null;
  const { items, since, until } = state;
  if (items && items.total > 0) {
    const failed = items.failed > 0 ? `, ${whole(items.failed)} failed` : "";
    return (
      <span title={`${items.done} of ${items.total} items done${failed}`} data-bad={items.failed > 0 || undefined}>
        {whole(items.done)}/{whole(items.total)}
      </span>
    );
  }
  if (since === null || state.status === "untouched") return null;
  if (until === null && state.status === "left") return null;
  if (until === null) return <Lasting from={since} to={null} />;
  const took = lasted(since, until);
  return took > 0 ? <span>{duration(took)}</span> : null;
}

/** What the step's verb is about: the plugin's step, the decision, the signal, the item. */
export function about(node: GraphNode): string {
  if (node.label === node.kind) return "";
  return node.label.startsWith(`${node.kind} `) ? node.label.slice(node.kind.length + 1) : node.label;
}

/** A node for a reader: the name of a step, or how the list ends there. */
export function titleOf(graph: RunGraph | undefined, path: string): string {
  const node = graph?.nodes.find((each) => each.path === path);
  return node ? (isPoint(node) ? pointLabel(node) : node.name) : path;
}

/** What chose an edge that was taken, short for its label and long for its title. */
export function chosenBy(edge: GraphEdge): { text: string; title: string } | null {
  const { chosen } = edge;
  if (!chosen) return null;
  const place = chosen.file ? ` (${chosen.file}:${chosen.line})` : "";
  const because = chosen.because ? `: ${chosen.because}` : "";
  switch (chosen.by) {
    case "rule":
      return { text: chosen.rule ?? chosen.text, title: `chosen by rule ${chosen.rule ?? ""}${place}${because}` };
    case "default":
      return { text: chosen.rule ?? "default", title: `chosen by the default${place}` };
    case "condition":
      return chosen.text === edge.label ? null : { text: chosen.text, title: `chosen by the condition ${chosen.text}` };
    case "order":
      return chosen.text === "" ? null : { text: chosen.text, title: chosen.text };
    default:
      return { text: chosen.text, title: `chosen by the ${chosen.by}: ${chosen.text}` };
  }
}
