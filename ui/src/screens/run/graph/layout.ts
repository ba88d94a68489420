// Where the nodes and edges of a graph stand: worked out by ELK in a worker, which loads with the first graph.
import type { ELK, ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api";
import type { GraphEdge, GraphNode, RunGraph } from "../shapes";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Layout {
  /** The nodes by path; `x` and `y` from the corner of the parent. */
  nodes: Map<string, Box>;
  /** The way of each edge, and the middle of its label, from the corner of the whole. */
  edges: Map<string, { points: Point[]; label: Point | null }>;
  width: number;
  height: number;
}

export const NODE_WIDTH = 188;
export const NODE_HEIGHT = 50;
const END_HEIGHT = 30;
const LETTER = 6.4; // px of a letter of a label
/** The widest label; longer ones are cut. */
export const LABEL_WIDTH = 150;

const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.json.edgeCoords": "ROOT",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.spacing.nodeNodeBetweenLayers": "26",
  "elk.layered.spacing.edgeNodeBetweenLayers": "14",
  "elk.spacing.nodeNode": "28",
  "elk.spacing.edgeNode": "18",
  "elk.spacing.edgeEdge": "12",
};
const LABEL = { "elk.edgeLabels.inline": "true" };
const GROUP = { "elk.padding": "[top=58,left=16,bottom=16,right=16]" };

let engine: Promise<ELK> | undefined;

async function start(): Promise<ELK> {
  const [{ default: Engine }, { default: url }] = await Promise.all([
    import("elkjs/lib/elk-api"),
    import("elkjs/lib/elk-worker.min.js?url"),
  ]);
  return new Engine({ workerFactory: () => new Worker(url) });
}

/** Lay a graph out. Rejects where the worker cannot be loaded. */
export async function layOut(graph: RunGraph): Promise<Layout> {
  engine ??= start();
  try {
    return read(await (await engine).layout(written(graph)));
  } catch (error) {
    engine = undefined; // so that the next graph tries again
    throw error;
  }
}

/** What the layout depends on: a graph that only moves on keeps its places. */
export function shapeOf(graph: RunGraph): string {
  return JSON.stringify([
    graph.nodes.map((node) => [node.path, node.parent]),
    graph.edges.map((edge) => [edge.id, edge.from, edge.to, labelSize(edge, graph)]),
  ]);
}

/** Whether a node is drawn small: where a list begins or ends. */
export function isPoint(node: GraphNode): boolean {
  return node.name.startsWith("$");
}

/** What stands on such a node: how the list ends, or the branch that begins. */
export function pointLabel(node: GraphNode): string {
  if (node.kind === "fail") return `fails: ${node.label}`;
  const branch = node.kind === "start" && node.parent !== null ? node.path.slice(node.parent.length + 1, -node.name.length - 1) : "";
  return branch === "" || branch === "*" ? node.label : branch;
}

/** The graph without what stands in child workflows that have not begun: they would hide the run's own way. */
export function visible(graph: RunGraph): RunGraph {
  const closed = graph.nodes.filter((node) => node.kind === "run" && node.state?.status === "untouched");
  if (closed.length === 0) return graph;
  const hidden = (path: string): boolean => closed.some((node) => path.startsWith(`${node.path}/`));
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => !hidden(node.path)),
    edges: graph.edges.filter((edge) => !hidden(edge.from) && !hidden(edge.to)),
  };
}

function written(graph: RunGraph): ElkNode {
  const children = (parent: string | null): ElkNode[] =>
    graph.nodes
      .filter((node) => node.parent === parent)
      .map((node) => {
        const within = children(node.path);
        const size = { width: isPoint(node) ? pointWidth(node) : NODE_WIDTH, height: isPoint(node) ? END_HEIGHT : NODE_HEIGHT };
        return within.length > 0
          ? { id: node.path, children: within, layoutOptions: GROUP }
          : { id: node.path, ...size };
      });
  const known = new Set(graph.nodes.map((node) => node.path));
  const edges = graph.edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  return {
    id: "$graph",
    layoutOptions: OPTIONS,
    children: children(null),
    edges: edges.map((edge): ElkExtendedEdge => {
      const [width, height] = labelSize(edge, graph);
      const labels = width > 0 ? [{ text: edge.label, width, height, layoutOptions: LABEL }] : [];
      return { id: edge.id, sources: [edge.from], targets: [edge.to], labels };
    }),
  };
}

function pointWidth(node: GraphNode): number {
  return Math.min(220, Math.max(72, pointLabel(node).length * 7.4 + 46));
}

const WIDTH_OF_WHY = 112;
const PLAIN = new Set(["next", "then", "fail"]);

/** Room for the label and, from the beginning, for what may choose the edge: so nothing moves later on. */
function labelSize(edge: GraphEdge, graph: RunGraph): [number, number] {
  if (PLAIN.has(edge.kind) && !edge.label) return [0, 0];
  const from = graph.nodes.find((node) => node.path === edge.from)?.kind;
  if (from === "decide") return [LABEL_WIDTH, 34];
  const width = Math.min(LABEL_WIDTH, edge.label.length * LETTER + 14);
  return from === "switch" || PLAIN.has(edge.kind) ? [width, 20] : [Math.max(WIDTH_OF_WHY, width), 34];
}

function read(root: ElkNode): Layout {
  const nodes = new Map<string, Box>();
  const take = (node: ElkNode): void => {
    for (const child of node.children ?? []) {
      nodes.set(child.id, { x: child.x ?? 0, y: child.y ?? 0, width: child.width ?? 0, height: child.height ?? 0 });
      take(child);
    }
  };
  take(root);
  const edges = new Map((root.edges ?? []).map((edge) => [edge.id, way(edge)]));
  return { nodes, edges, width: root.width ?? 0, height: root.height ?? 0 };
}

function way(edge: ElkExtendedEdge): { points: Point[]; label: Point | null } {
  const section = edge.sections?.[0];
  const points = section ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint] : [];
  const label = edge.labels?.[0];
  const middle = label ? { x: (label.x ?? 0) + (label.width ?? 0) / 2, y: (label.y ?? 0) + (label.height ?? 0) / 2 } : null;
  return { points, label: middle };
}

/** The way as a path with round corners. */
export function pathOf(points: readonly Point[], radius = 6): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let text = `M${first.x} ${first.y}`;
  rest.forEach((point, index) => {
    const before = index === 0 ? first : rest[index - 1];
    const after = rest[index + 1];
    if (!before || !after) {
      text += ` L${point.x} ${point.y}`;
      return;
    }
    const into = towards(point, before, radius);
    const out = towards(point, after, radius);
    text += ` L${into.x} ${into.y} Q${point.x} ${point.y} ${out.x} ${out.y}`;
  });
  return text;
}

function towards(from: Point, to: Point, length: number): Point {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const share = distance === 0 ? 0 : Math.min(length, distance / 2) / distance;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}
