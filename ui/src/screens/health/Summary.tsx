// One sentence on how things are, and the few figures that an operator looks at first.
import type { ReactNode } from "react";
import { Link } from "wouter";
import { useLive } from "@/live/live";
import { Badge, type Shape, type Tone } from "@/parts/Badge";
import { duration, figure, whole } from "@/parts/format";
import { Loaded, Skeleton } from "@/parts/States";
import { type Alert, useAlerts, useResources, useScale, useStats, type VerdictState } from "./shapes";

const LOOKS: Record<VerdictState, [Tone, Shape]> = {
  well: ["good", "check"],
  slow: ["warn", "half"],
  saturated: ["warn", "bars"],
  failing: ["bad", "bang"],
  held: ["bad", "square"],
  unknown: ["still", "ring"],
};

/** A verdict as a badge. */
export function VerdictBadge({ state, title }: { state: VerdictState; title?: string }) {
  const [tone, shape] = LOOKS[state] ?? LOOKS.unknown;
  return (
    <Badge tone={tone} shape={shape} {...(title ? { title } : {})}>
      {state}
    </Badge>
  );
}

interface Props {
  window: string;
  onStep: (step: string) => void;
}

export function Summary({ window, onStep }: Props) {
  const stats = useStats(window, false);
  const scale = useScale();
  const alerts = useAlerts("open");
  const resources = useResources();
  const { counts } = useLive();
  const unwell = resources.data?.resources.filter((each) => each.state !== "closed") ?? [];
  return (
    <>
      <Loaded query={stats} skeleton={<Skeleton lines={1} />}>
        {({ bottleneck }) =>
          bottleneck ? (
            <div className="verdict" data-tone={LOOKS[bottleneck.state]?.[0] ?? "warn"} role="status">
              <VerdictBadge state={bottleneck.state} />
              <span>
                <strong>Bottleneck:</strong> {bottleneck.text}
              </span>
              <button type="button" className="button" onClick={() => onStep(bottleneck.step)}>
                Look at {bottleneck.step}
              </button>
            </div>
          ) : (
            <div className="verdict" data-tone="good" role="status">
              <VerdictBadge state="well" />
              <span>No step holds the others up.</span>
            </div>
          )
        }
      </Loaded>
      <dl className="tiles">
        <Tile name="Alerts open" value={alerts.data && whole(alerts.data.alerts.length)} tone={toneOf(alerts.data?.alerts)} />
        <Tile
          name="Resources not well"
          value={resources.data && whole(unwell.length)}
          tone={unwell.length > 0 ? "bad" : undefined}
          more={unwell.map((each) => each.name).join(", ")}
        />
        <Tile
          name="Backlog"
          value={scale.data && whole(scale.data.backlog)}
          more={scale.data && `${whole(scale.data.running)} going on, ${whole(scale.data.parked)} parked`}
        />
        <Tile
          name="Done in"
          value={scale.data && (scale.data.seconds === null ? "unknown" : duration(scale.data.seconds))}
          more={scale.data && `${figure(scale.data.drain_rate)} a second`}
          tone={scale.data?.seconds === null ? "warn" : undefined}
        />
        <Tile
          name="Incidents"
          value={counts ? <Link href="/inbox?tab=incidents">{whole(counts["incident"] ?? 0)}</Link> : undefined}
          tone={(counts?.["incident"] ?? 0) > 0 ? "bad" : undefined}
        />
      </dl>
    </>
  );
}

function toneOf(alerts: Alert[] | undefined): Tone | undefined {
  if (!alerts?.length) return undefined;
  return alerts.some((each) => each.severity === "critical") ? "bad" : "warn";
}

interface TileProps {
  name: string;
  value: ReactNode;
  more?: ReactNode;
  tone?: Tone | undefined;
}

function Tile({ name, value, more, tone }: TileProps) {
  return (
    <div className="tile" data-tone={tone}>
      <dt>{name}</dt>
      <dd className="value">{value ?? <span className="dim">–</span>}</dd>
      {more && <dd className="dim">{more}</dd>}
    </div>
  );
}
