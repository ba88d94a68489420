import { lazy, Suspense } from "react";
import { Skeleton } from "@/parts/States";
import type { Linked, Selected } from "../selection";
import type { RunGraph } from "../shapes";
import { StepList } from "./StepList";

const Canvas = lazy(() => import("./Canvas"));

interface Props {
  graph: RunGraph;
  selected: Linked;
  hovered: Linked;
  focus: string | null;
  /** Drawn, or as a list. */
  drawn: boolean;
  onSelect: (selection: Selected) => void;
  onHover: (selection: Selected | null) => void;
}

/** The run's graph. */
export function GraphPane({ graph, selected, hovered, focus, drawn, onSelect, onHover }: Props) {
  const nodes = { selected: selected.nodes, hovered: hovered.nodes };
  const edges = { selected: selected.edges, hovered: hovered.edges };
  if (!drawn) return <StepList graph={graph} nodes={nodes} onSelect={onSelect} />;
  return (
    <Suspense fallback={<Skeleton lines={6} />}>
      <Canvas graph={graph} nodes={nodes} edges={edges} focus={focus} onSelect={onSelect} onHover={onHover} />
    </Suspense>
  );
}
