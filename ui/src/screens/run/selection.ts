// What is selected, and what belongs to it in the graph, the Gantt and the log.
import type { Codec } from "@/app/search";
import type { Entry, RunGraph, Span } from "./shapes";

/** One thing: a node of the graph by its path, an edge or a span by its id, an entry of the log by its number. */
export interface Selected {
  kind: "node" | "edge" | "span" | "entry";
  id: string;
}

const KINDS: readonly string[] = ["node", "edge", "span", "entry"];

/** In the URL: `node:charge`, `entry:12`. */
export const selected: Codec<Selected | null> = {
  read: (given) => {
    const at = given?.indexOf(":") ?? -1;
    if (!given || at < 0 || !KINDS.includes(given.slice(0, at))) return null;
    return { kind: given.slice(0, at) as Selected["kind"], id: given.slice(at + 1) };
  },
  write: (value) => (value === null ? null : `${value.kind}:${value.id}`),
};

/** What goes with something that is selected. */
export interface Linked {
  nodes: ReadonlySet<string>;
  edges: ReadonlySet<string>;
  spans: ReadonlySet<string>;
  entries: ReadonlySet<number>;
}

export const NOTHING: Linked = { nodes: new Set(), edges: new Set(), spans: new Set(), entries: new Set() };

/** Finds what goes with what. */
export class Links {
  private readonly kinds: ReadonlyMap<string, string>;
  private readonly found = new Map<string, string>();
  private readonly spanOf = new Map<number, Span[]>();
  private readonly spansAt = new Map<string, Span[]>();
  private readonly entriesAt = new Map<string, Entry[]>();
  private readonly spanBy = new Map<string, Span>();

  constructor(
    private readonly graph: RunGraph | undefined,
    spans: readonly Span[],
    private readonly entries: readonly Entry[],
  ) {
    this.kinds = new Map(graph?.nodes.map((node) => [node.path, node.kind]));
    for (const span of spans) {
      this.spanBy.set(span.id, span);
      push(this.spansAt, this.nodeOf(span.path), span);
      for (const number of span.entries) push(this.spanOf, number, span);
    }
    for (const entry of entries) {
      const node = this.nodeOfEntry(entry);
      if (node !== null) push(this.entriesAt, node, entry);
    }
  }

  // The node for a path of the run: `split/0/parcel` is `split/*/parcel`. Where it has none, what is around it.
  nodeOf(path: string): string {
    const known = this.found.get(path);
    if (known !== undefined) return known;
    const parts: string[] = [];
    let node = "";
    for (const part of path.split("/")) {
      parts.push(this.kinds.get(parts.join("/")) === "each" ? "*" : part);
      if (this.kinds.has(parts.join("/"))) node = parts.join("/");
    }
    this.found.set(path, node || path);
    return node || path;
  }

  private nodeOfEntry(entry: Entry): string | null {
    if (entry.path !== undefined) return this.nodeOf(entry.path);
    if (entry.type === "started") return this.kinds.has("$start") ? "$start" : null;
    if (entry.type === "end") return this.endNode(entry);
    return entry.order?.step ? this.nodeOf(entry.order.step) : null;
  }

  private endNode(entry: Entry): string | null {
    const name = entry.status === "completed" ? "$end" : `$fail/${entry.problem?.code ?? ""}`;
    return this.kinds.has(name) ? name : null;
  }

  entry(number: number): Entry | undefined {
    const guess = this.entries[number - 1];
    return guess?.number === number ? guess : this.entries.find((entry) => entry.number === number);
  }

  span(id: string): Span | undefined {
    return this.spanBy.get(id);
  }

  /** The entries of a node, oldest first. */
  entriesOf(node: string): readonly Entry[] {
    return this.entriesAt.get(node) ?? [];
  }

  spansOf(node: string): readonly Span[] {
    return this.spansAt.get(node) ?? [];
  }

  /** The decision by which an edge was chosen: the last one of the step that it leaves. */
  decisionOf(from: string): Entry | undefined {
    return this.entriesOf(from).findLast((entry) => entry.type === "decision");
  }

  linked(selection: Selected | null): Linked {
    switch (selection?.kind) {
      case "node":
        return this.ofNode(selection.id);
      case "edge":
        return this.ofEdge(selection.id);
      case "span":
        return this.ofSpan(selection.id);
      case "entry":
        return this.ofEntry(Number(selection.id));
      default:
        return NOTHING;
    }
  }

  private ofNode(path: string): Linked {
    return {
      nodes: new Set([path]),
      edges: new Set(),
      spans: new Set(this.spansOf(path).map((span) => span.id)),
      entries: new Set(this.entriesOf(path).map((entry) => entry.number)),
    };
  }

  private ofEdge(id: string): Linked {
    const edge = this.graph?.edges.find((each) => each.id === id);
    const last = edge && (edge.taken ?? 0) > 0 ? this.lastOf(edge.from) : undefined;
    return {
      nodes: new Set(),
      edges: new Set([id]),
      spans: new Set(last ? (this.spanOf.get(last.number) ?? []).map((span) => span.id) : []),
      entries: new Set(last ? [last.number] : []),
    };
  }

  private lastOf(node: string): Entry | undefined {
    return this.decisionOf(node) ?? this.entriesOf(node).at(-1);
  }

  private ofSpan(id: string): Linked {
    const span = this.spanBy.get(id);
    if (!span) return NOTHING;
    return {
      nodes: new Set([this.nodeOf(span.path)]),
      edges: new Set(),
      spans: new Set([id]),
      entries: new Set(span.entries),
    };
  }

  private ofEntry(number: number): Linked {
    const entry = this.entry(number);
    const node = entry ? this.nodeOfEntry(entry) : null;
    return {
      nodes: new Set(node === null ? [] : [node]),
      edges: new Set(),
      spans: new Set((this.spanOf.get(number) ?? []).map((span) => span.id)),
      entries: new Set([number]),
    };
  }
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
