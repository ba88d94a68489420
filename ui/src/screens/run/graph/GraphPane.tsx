import { lazy, Suspense, useMemo } from "react";
import { Skeleton } from "@/parts/States";
import type { Linked, Selected } from "../selection";
import type { RunGraph } from "../shapes";
import { visible } from "./layout";
import { StepList } from "./StepList";

const Canvas = lazy(() => import("./Canvas"));

interface Props {
  graph: RunGraph;
  selected: Linked;
  hovered: Linked;
  /** The nodes to look at, the one that matters most first. */
  focus: readonly string[];
  /** Drawn, or as a list. */
  drawn: boolean;
  onSelect: (selection: Selected) => void;
  onHover: (selection: Selected | null) => void;
}

/** The run's graph. */
export function GraphPane({ graph, selected, hovered, focus, drawn, onSelect, onHover }: Props) {
  const nodes = { selected: selected.nodes, hovered: hovered.nodes };
  const edges = { selected: selected.edges, hovered: hovered.edges };
  const seen = useMemo(() => visible(graph), [graph]);
  if (!drawn) return <StepList graph={seen} nodes={nodes} onSelect={onSelect} />;
  return (
    <>
      {graph.truncated && <p className="run-none dim">The workflow is too large to be drawn in full.</p>}
      <Suspense fallback={<Skeleton lines={6} />}>
        <Canvas graph={seen} nodes={nodes} edges={edges} focus={focus} onSelect={onSelect} onHover={onHover} />
      </Suspense>
    </>
  );
}
