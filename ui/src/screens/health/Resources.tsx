// Resources: how well each service is that steps call, and what an operator presses.
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { call, newKey } from "@/api/client";
import { Badge, type Shape, type Tone } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { Confirm } from "@/parts/Dialog";
import { Field } from "@/parts/Field";
import { duration, figure, whole } from "@/parts/format";
import { Panel } from "@/parts/Page";
import { Empty, Loaded } from "@/parts/States";
import { Ago, Lasting } from "@/parts/Time";
import { toast } from "@/parts/toast";
import { type Resource, useResources, useStats } from "./shapes";

type Action = "open" | "close" | "probe";

const LONG = 10; // seconds from which on it is told how long the first call has run

const LOOKS: Record<Resource["state"], [Tone, Shape, string]> = {
  closed: ["good", "check", "well"],
  open: ["bad", "square", "open"],
  "half-open": ["warn", "half", "being tried"],
};
const TOLD: Record<Action, { verb: string; says: (resource: Resource) => string }> = {
  open: {
    verb: "Stop calls",
    says: ({ name }) =>
      `Its breaker is opened: nobody calls ${name} any more until somebody closes it or has it tried. Orders that come to a step that ` +
      "needs it are parked: none is lost, and they go on by themselves once it is closed.",
  },
  close: {
    verb: "Call again",
    says: ({ name, parked }) =>
      `${name} is called again at once. ${
        parked > 0 ? `${whole(parked)} parked steps go on, slowly at first.` : "Nothing of it is parked."
      } If it is still not well, its breaker opens again.`,
  },
  probe: {
    verb: "Try now",
    says: ({ name }) =>
      `One parked order, or its health check, tries ${name} now instead of at its next time. If that goes well, it is closed.`,
  },
};

export function Resources({ window }: { window: string }) {
  const query = useResources();
  const stats = useStats(window, false);
  const oldest = new Map(stats.data?.resources.map((each) => [each.resource, each.oldest_call]));
  const [asked, ask] = useState<{ resource: Resource; action: Action }>();
  return (
    <Panel title="Resources" flush>
      <Loaded query={query}>
        {({ resources }) =>
          resources.length === 0 ? (
            <Empty title="No step needs a resource">
              <p>Plugins bring steps, and steps need resources: rulesflow plugins list shows them.</p>
            </Empty>
          ) : (
            <div className="scroll" tabIndex={0} role="region" aria-label="Resources">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Resource</th>
                    <th scope="col">State</th>
                    <th scope="col" className="num">
                      In flight
                    </th>
                    <th scope="col" className="num">
                      Waiting
                    </th>
                    <th scope="col" className="num">
                      Parked
                    </th>
                    <th scope="col">Limits</th>
                    <th scope="col">
                      <span className="unseen">Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {resources.map((resource) => (
                    <Row
                      key={resource.name}
                      resource={resource}
                      oldest={oldest.get(resource.name) ?? 0}
                      onAsk={(action) => ask({ resource, action })}
                    />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
      {asked && <Order {...asked} onClose={() => ask(undefined)} />}
    </Panel>
  );
}

/** Brings the row of the resource into sight that the address names: a parked run leads to it. */
function show(row: HTMLElement | null): void {
  row?.scrollIntoView({ block: "center" });
}

interface RowProps {
  resource: Resource;
  /** Seconds for which the first of its calls in flight has run. */
  oldest: number;
  onAsk: (action: Action) => void;
}

function Row({ resource, oldest, onAsk }: RowProps) {
  const [tone, shape, word] = LOOKS[resource.state];
  const named = new URLSearchParams(window.location.hash.slice(1)).get("resource") === resource.name;
  return (
    <tr ref={named ? show : undefined} aria-current={named || undefined}>
      <td>
        <strong>{resource.name}</strong>
      </td>
      <td>
        <div className="row wrap tight">
          <Badge tone={tone} shape={shape}>
            {resource.forced ? "open (forced)" : resource.draining ? "draining" : word}
          </Badge>
          {resource.since && (
            <span className="dim">
              for <Lasting from={resource.since} to={null} />
            </span>
          )}
        </div>
        {resource.problem && <div className="dim">{resource.problem.message}</div>}
        {resource.next_probe && (
          <div className="dim">
            is tried <Ago at={resource.next_probe} />
          </div>
        )}
      </td>
      <td className="num">
        {whole(resource.in_flight)}
        {oldest >= LONG && <div className="dim">first for {duration(oldest)}</div>}
      </td>
      <td className="num">{whole(resource.waiting)}</td>
      <td className="num">
        {resource.parked > 0 ? <Link href="/inbox?tab=parked">{whole(resource.parked)}</Link> : 0}
        {resource.expected_end && (
          <div className="dim">
            gone <Ago at={resource.expected_end} />
          </div>
        )}
      </td>
      <td className="dim">{limitsOf(resource)}</td>
      <td>
        <div className="row tight end">
          {resource.state !== "closed" && <Button onClick={() => onAsk("probe")}>Try now</Button>}
          {resource.state !== "closed" && <Button onClick={() => onAsk("close")}>{TOLD.close.verb}</Button>}
          {!(resource.state === "open" && resource.forced) && <Button onClick={() => onAsk("open")}>{TOLD.open.verb}</Button>}
        </div>
      </td>
    </tr>
  );
}

function limitsOf({ limits }: Resource): string {
  const told = [
    limits.concurrency === null ? "" : `${whole(limits.concurrency)} at once`,
    limits.rate === null ? "" : `${figure(limits.rate)} a second`,
  ];
  return told.filter(Boolean).join(", ") || "none";
}

function Order({ resource, action, onClose }: { resource: Resource; action: Action; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const queries = useQueryClient();
  const key = useMemo(newKey, []);
  const { verb, says } = TOLD[action];
  const send = async (): Promise<void> => {
    await call(`/v1/resources/${encodeURIComponent(resource.name)}/${action}`, {
      method: "POST",
      body: { reason },
      headers: { "Idempotency-Key": key },
    });
    await queries.invalidateQueries({ queryKey: ["resources"] });
    toast(`${resource.name}: ${verb.toLowerCase()} was ordered`);
  };
  const window = resource.window;
  return (
    <Confirm title={`${verb}: ${resource.name}`} verb={verb} danger={action === "open"} onConfirm={send} onClose={onClose}>
      <p>{says(resource)}</p>
      <dl className="pairs">
        <dt>Lately</dt>
        <dd>
          {whole(window.calls)} calls, {whole(window.failed)} failed
          {window.p95 !== null && `, p95 ${duration(window.p95)}`}
        </dd>
        <dt>Parked</dt>
        <dd>{whole(resource.parked)}</dd>
      </dl>
      <Field label="Reason" hint="It stands in the log and beside the resource">
        {(given) => (
          <input {...given} className="input" value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
    </Confirm>
  );
}
