import { SignalDialog as Answer } from "@/parts/SignalDialog";
import type { Links } from "../selection";
import type { Run, RunGraph, Wait } from "../shapes";
import { useOrders } from "./orders";

interface Props {
  run: Run;
  /** At least one. */
  waits: readonly Wait[];
  graph: RunGraph | undefined;
  links: Links;
  onClose: () => void;
}

/** Answers what a run waits for, and tells where each answer leads. */
export function SignalDialog({ run, waits, graph, links, onClose }: Props) {
  const { signal } = useOrders(run.id);
  return (
    <Answer
      waits={waits}
      onSend={(wait, payload) => signal(wait.signal ?? "", payload)}
      onClose={onClose}
      next={(wait, payload) => <NextStep graph={graph} at={links.nodeOf(wait.path)} payload={payload} />}
    />
  );
}

/** Where the answer leads: the edges of the wait whose label is in the payload. */
function NextStep({ graph, at, payload }: { graph: RunGraph | undefined; at: string; payload: unknown }) {
  const edges = graph?.edges.filter((edge) => edge.from === at && edge.kind !== "timeout") ?? [];
  if (edges.length === 0) return null;
  const values = new Set(Object.values(isObject(payload) ? payload : {}).map(String));
  const next = edges.find((edge) => edge.label !== "" && values.has(edge.label)) ?? (edges.length === 1 ? edges[0] : undefined);
  if (!next) return <p className="run-preview dim">Choose, and see here how the run goes on.</p>;
  const node = graph?.nodes.find((each) => each.path === next.to);
  if (node?.kind === "fail") {
    return (
      <p className="run-preview">
        The run then fails with <strong>{node.label}</strong>, and what was done is taken back.
      </p>
    );
  }
  return (
    <p className="run-preview">
      {next.to === "$end" ? "The run then ends well." : <>The run then goes on with <strong>{node?.name ?? next.to}</strong>.</>}
    </p>
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
