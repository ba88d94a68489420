import type { Selected } from "../selection";
import type { GraphNode, RunGraph } from "../shapes";
import type { Marked } from "./Canvas";
import { isPoint } from "./layout";
import { chosenBy, NodeFace } from "./NodeFace";

interface Props {
  graph: RunGraph;
  nodes: Marked;
  onSelect: (selection: Selected) => void;
}

/** The graph as a list of steps, for where there is little room. Those the run has not come to are faint. */
export function StepList({ graph, nodes, onSelect }: Props) {
  return (
    <div className="run-steps">
      <Steps parent={null} graph={graph} nodes={nodes} onSelect={onSelect} />
    </div>
  );
}

function Steps({ parent, ...props }: Props & { parent: string | null }) {
  const steps = props.graph.nodes.filter((node) => node.parent === parent && !isPoint(node));
  if (steps.length === 0) return null;
  return (
    <ol>
      {steps.map((node) => (
        <li key={node.path}>
          <Step node={node} {...props} />
          <Steps parent={node.path} {...props} />
        </li>
      ))}
    </ol>
  );
}

function Step({ node, graph, nodes, onSelect }: Props & { node: GraphNode }) {
  const next = graph.edges.find((edge) => edge.from === node.path && (edge.taken ?? 0) > 0);
  const chosen = next ? chosenBy(next) : null;
  return (
    <button
      type="button"
      className="run-node"
      data-status={node.state?.status ?? "untouched"}
      data-kind={node.kind}
      data-mark={nodes.selected.has(node.path) ? "selected" : undefined}
      data-path={node.path}
      aria-pressed={nodes.selected.has(node.path)}
      onClick={() => onSelect({ kind: "node", id: node.path })}
    >
      <NodeFace node={node} small={false} />
      {next && (next.label || chosen) && (
        <span className="way cut">
          → {next.label ?? ""}
          {chosen && <span className="why"> {chosen.text}</span>}
        </span>
      )}
    </button>
  );
}
