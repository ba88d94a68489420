// The graph as it is drawn: loads @xyflow/react, and lays out in a worker.
import "@xyflow/react/dist/base.css";
import {
  type Edge,
  type EdgeProps,
  EdgeLabelRenderer,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from "@xyflow/react";
import { createContext, memo, useContext, useEffect, useMemo, useRef, useState } from "react";
import { Button } from "@/parts/Button";
import { ProblemView } from "@/parts/Problem";
import { Skeleton } from "@/parts/States";
import type { Selected } from "../selection";
import type { GraphEdge, GraphNode, RunGraph } from "../shapes";
import { type Box, isPoint, type Layout, layOut, NODE_HEIGHT, NODE_WIDTH, pathOf, type Point, shapeOf } from "./layout";
import { chosenBy, NodeFace } from "./NodeFace";

export interface Marked {
  selected: ReadonlySet<string>;
  hovered: ReadonlySet<string>;
}

interface Props {
  graph: RunGraph;
  nodes: Marked;
  edges: Marked;
  /** Where to look first, and whenever it changes: paths of nodes, the one that matters most first. */
  focus: readonly string[];
  onSelect: (selection: Selected) => void;
  onHover: (selection: Selected | null) => void;
}

interface Drawing extends Pick<Props, "nodes" | "edges" | "onSelect" | "onHover"> {}

const Context = createContext<Drawing | null>(null);

function useDrawing(): Drawing {
  const drawing = useContext(Context);
  if (drawing === null) throw new Error("there is no graph around");
  return drawing;
}

type FlowNode = Node<{ node: GraphNode; group: boolean }, "step">;
type FlowEdge = Edge<{ edge: GraphEdge; points: Point[]; label: Point | null }, "way">;

function mark(marked: Marked, id: string): "selected" | "hovered" | undefined {
  return marked.selected.has(id) ? "selected" : marked.hovered.has(id) ? "hovered" : undefined;
}

const StepNode = memo(function StepNode({ data }: NodeProps<FlowNode>) {
  const { nodes, onHover, onSelect } = useDrawing();
  const { node, group } = data;
  const selection: Selected = { kind: "node", id: node.path };
  const marked = mark(nodes, node.path);
  return (
    <div className="run-node-frame" data-group={group || undefined} data-mark={marked}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <button
        type="button"
        className="run-node"
        data-status={node.state?.status ?? "untouched"}
        data-kind={node.kind}
        data-point={isPoint(node) || undefined}
        data-mark={marked}
        data-path={node.path}
        aria-pressed={marked === "selected"}
        onClick={() => onSelect(selection)}
        onMouseEnter={() => onHover(selection)}
        onMouseLeave={() => onHover(null)}
      >
        <NodeFace node={node} small={isPoint(node)} />
      </button>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
});

const WayEdge = memo(function WayEdge({ id, data }: EdgeProps<FlowEdge>) {
  const { edges, onHover, onSelect } = useDrawing();
  if (!data) return null;
  const { edge, points, label } = data;
  const taken = (edge.taken ?? 0) > 0;
  const marked = mark(edges, id);
  const selection: Selected = { kind: "edge", id };
  const end = marked ? "marked" : taken ? "taken" : "faint";
  const path = pathOf(points);
  return (
    <>
      <path className="run-edge" data-taken={taken || undefined} data-mark={marked} d={path} markerEnd={`url(#run-end-${end})`} />
      <path
        className="run-edge-wide"
        d={path}
        onClick={() => onSelect(selection)}
        onMouseEnter={() => onHover(selection)}
        onMouseLeave={() => onHover(null)}
      />
      {label && (
        <EdgeLabelRenderer>
          <EdgeLabel edge={edge} at={label} marked={marked} />
        </EdgeLabelRenderer>
      )}
    </>
  );
});

function EdgeLabel({ edge, at, marked }: { edge: GraphEdge; at: Point; marked: string | undefined }) {
  const { onHover, onSelect } = useDrawing();
  const taken = (edge.taken ?? 0) > 0;
  const chosen = taken ? chosenBy(edge) : null;
  if (!edge.label && !chosen) return null;
  const selection: Selected = { kind: "edge", id: edge.id };
  const times = (edge.taken ?? 0) > 1 ? ` ×${edge.taken}` : "";
  return (
    <button
      type="button"
      className="run-edge-label nodrag nopan"
      style={{ transform: `translate(-50%, -50%) translate(${at.x}px, ${at.y}px)` }}
      data-taken={taken || undefined}
      data-mark={marked}
      data-edge={edge.id}
      aria-pressed={marked === "selected"}
      title={chosen?.title}
      onClick={() => onSelect(selection)}
      onMouseEnter={() => onHover(selection)}
      onMouseLeave={() => onHover(null)}
    >
      {edge.label && (
        <span className="cut">
          {edge.label}
          {times}
        </span>
      )}
      {chosen && <span className="cut why">{chosen.text}</span>}
    </button>
  );
}

const NODE_TYPES = { step: StepNode };
const EDGE_TYPES = { way: WayEdge };

/** The layout of a graph; it is worked out again only when the graph has another shape. */
function useLayout(graph: RunGraph): { layout: Layout | null; error: unknown } {
  const shape = useMemo(() => shapeOf(graph), [graph]);
  const latest = useRef(graph);
  latest.current = graph;
  const [state, setState] = useState<{ layout: Layout | null; error: unknown }>({ layout: null, error: null });
  useEffect(() => {
    let wanted = true;
    layOut(latest.current).then(
      (layout) => wanted && setState({ layout, error: null }),
      (error: unknown) => wanted && setState({ layout: null, error }),
    );
    return () => {
      wanted = false;
    };
  }, [shape]);
  return state;
}

function flowNodes(graph: RunGraph, layout: Layout): FlowNode[] {
  const groups = new Set(graph.nodes.map((node) => node.parent));
  return graph.nodes.flatMap((node) => {
    const box = layout.nodes.get(node.path);
    if (!box) return [];
    const size = { width: box.width, height: box.height };
    return {
      id: node.path,
      type: "step" as const,
      position: { x: box.x, y: box.y },
      ...size,
      initialWidth: box.width,
      initialHeight: box.height,
      ...(node.parent === null ? {} : { parentId: node.parent }),
      data: { node, group: groups.has(node.path) },
      draggable: false,
    };
  });
}

function flowEdges(graph: RunGraph, layout: Layout): FlowEdge[] {
  const ways = graph.edges.flatMap((edge) => {
    const way = layout.edges.get(edge.id);
    if (!way || way.points.length === 0) return [];
    const zIndex = (edge.taken ?? 0) > 0 ? 1 : 0;
    return { id: edge.id, type: "way" as const, source: edge.from, target: edge.to, zIndex, data: { edge, ...way } };
  });
  return ways.sort((one, other) => one.zIndex - other.zIndex);
}

function Flow({ graph, layout, focus }: { graph: RunGraph; layout: Layout; focus: readonly string[] }) {
  const nodes = useMemo(() => flowNodes(graph, layout), [graph, layout]);
  const edges = useMemo(() => flowEdges(graph, layout), [graph, layout]);
  const frame = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  useFocus(graph, layout, focus, frame);
  return (
    <div className="run-canvas" ref={frame}>
      <Ends />
      <ReactFlow<FlowNode, FlowEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        onNodeClick={nothing}
        onNodeMouseEnter={nothing}
        zoomOnDoubleClick={false}
        minZoom={0.15}
        maxZoom={1.6}
        attributionPosition="bottom-left"
        deleteKeyCode={null}
        aria-label="Graph of the steps"
      />
      <div className="run-zoom">
        <Button icon="plus" kind="quiet" aria-label="Larger" onClick={() => void flow.zoomIn()} />
        <Button kind="quiet" aria-label="Smaller" onClick={() => void flow.zoomOut()}>
          −
        </Button>
        <Button kind="quiet" onClick={() => void flow.fitView({ padding: { x: `${MARGIN}px`, top: `${MARGIN}px`, bottom: `${FOOT}px` } })}>
          Fit
        </Button>
      </div>
    </div>
  );
}

/** Pointer events reach nodes only where somebody listens for them. */
function nothing(): void {}

const READABLE = 0.8; // of the full size: below it labels are hard to read
const MARGIN = 14; // px
const FOOT = 52; // px at the bottom, where the buttons lie

/** Look at the whole where it stays readable, else at what matters; and follow the selection. */
function useFocus(graph: RunGraph, layout: Layout, focus: readonly string[], frame: React.RefObject<HTMLDivElement | null>) {
  const flow = useReactFlow();
  const begun = useRef(false);
  useEffect(() => {
    const room = frame.current?.getBoundingClientRect();
    if (!room || room.width === 0 || !flow.viewportInitialized) return;
    const boxes = focus.flatMap((path) => boxOf(graph, layout, path) ?? []);
    const [first] = boxes;
    const { x, y, zoom } = flow.getViewport();
    const [width, height] = [room.width - 2 * MARGIN, room.height - MARGIN - FOOT];
    if (begun.current && (!first || isWithin(first, { x: -x / zoom, y: -y / zoom, width: room.width / zoom, height: room.height / zoom }))) return;
    const size = begun.current ? zoom : Math.min(1, Math.max(READABLE, Math.min(width / layout.width, height / layout.height)));
    begun.current = true;
    const seen = first && together(boxes, width / size, height / size);
    void flow.setViewport({
      x: MARGIN + begin(width, layout.width * size, seen && (seen.x + seen.width / 2) * size),
      y: MARGIN + begin(height, layout.height * size, seen && (seen.y + seen.height / 2) * size),
      zoom: size,
    });
    // the graph's states change all the time; only another place moves the picture
  }, [layout, focus.join("\n"), flow.viewportInitialized]);
}

function isWithin(inner: Box, outer: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** The box around the first of these boxes and those others that there is room for beside it. */
function together([first, ...others]: readonly Box[], width: number, height: number): Box | undefined {
  return others.reduce((box, other) => {
    if (!box) return other;
    const [x, y] = [Math.min(box.x, other.x), Math.min(box.y, other.y)];
    const right = Math.max(box.x + box.width, other.x + other.width);
    const bottom = Math.max(box.y + box.height, other.y + other.height);
    return right - x <= width && bottom - y <= height ? { x, y, width: right - x, height: bottom - y } : box;
  }, first);
}

/** Where the picture begins in one direction: in the middle if it fits, else so that the place is in the middle. */
function begin(room: number, size: number, place: number | undefined): number {
  if (size <= room) return (room - size) / 2;
  return place === undefined ? 0 : Math.min(0, Math.max(room - size, room / 2 - place));
}

/** The box of a node from the corner of the whole; of one that others stand in, its head. */
function boxOf(graph: RunGraph, layout: Layout, path: string): Box | null {
  const own = layout.nodes.get(path);
  if (!own) return null;
  const box = own.height > NODE_HEIGHT ? { ...own, width: NODE_WIDTH, height: NODE_HEIGHT } : { ...own };
  for (let at = parentOf(graph, path); at !== null; at = parentOf(graph, at)) {
    const outer = layout.nodes.get(at);
    box.x += outer?.x ?? 0;
    box.y += outer?.y ?? 0;
  }
  return box;
}

function parentOf(graph: RunGraph, path: string): string | null {
  return graph.nodes.find((node) => node.path === path)?.parent ?? null;
}

/** The heads of the arrows. */
function Ends() {
  return (
    <svg className="unseen" aria-hidden="true">
      <defs>
        {["faint", "taken", "marked"].map((name) => (
          <marker key={name} id={`run-end-${name}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">
            <path className="run-end" data-name={name} d="M0 0.5 7.5 4 0 7.5Z" />
          </marker>
        ))}
      </defs>
    </svg>
  );
}

export default function Canvas({ graph, focus, nodes, edges, onSelect, onHover }: Props) {
  const { layout, error } = useLayout(graph);
  const drawing = useMemo(() => ({ nodes, edges, onSelect, onHover }), [nodes, edges, onSelect, onHover]);
  if (error) return <ProblemView error={error} />;
  if (!layout) return <Skeleton lines={6} />;
  return (
    <Context.Provider value={drawing}>
      <ReactFlowProvider>
        <Flow graph={graph} layout={layout} focus={focus} />
      </ReactFlowProvider>
    </Context.Provider>
  );
}
