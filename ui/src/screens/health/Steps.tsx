// Steps: how long each waits and how long it runs, against what is usual; one of them drawn over time.
import type { ReactNode } from "react";
import { Button } from "@/parts/Button";
import { duration, percent, whole } from "@/parts/format";
import { Panel } from "@/parts/Page";
import { Empty, Loaded } from "@/parts/States";
import { Chart } from "./Chart";
import { type StepMeasures, useStats, WINDOWS } from "./shapes";
import { StepTable } from "./StepTable";

type Window = (typeof WINDOWS)[number];

const WORDS: Record<Window, string> = {
  "1m": "last minute",
  "5m": "last 5 minutes",
  "15m": "last 15 minutes",
  "1h": "last hour",
  "6h": "last 6 hours",
  "1d": "last day",
  "7d": "last 7 days",
};
interface Props {
  window: Window;
  onWindow: (window: Window) => void;
  selected: string;
  onSelect: (step: string) => void;
  /** By which column, such as `calls`, or `-calls` for the largest first. */
  sort: string;
  onSort: (sort: string) => void;
}

export function Steps({ window, onWindow, selected, onSelect, sort, onSort }: Props) {
  const query = useStats(window, selected !== "");
  const shortestFirst = [...WINDOWS].sort((one, other) => seconds(one) - seconds(other));
  return (
    <Panel
      title="Steps"
      flush
      actions={
        <select
          className="input"
          aria-label="Window of time"
          value={window}
          onChange={(event) => onWindow(event.target.value as Window)}
        >
          {shortestFirst.map((each) => (
            <option key={each} value={each}>
              {WORDS[each]}
            </option>
          ))}
        </select>
      }
    >
      <Loaded query={query}>
        {({ steps }) =>
          steps.length === 0 ? (
            <Empty title="No step is known">
              <p>Steps come from plugins. Once one has one, what it takes is told here.</p>
            </Empty>
          ) : (
            <>
              <StepTable {...{ steps, selected, onSelect, sort, onSort }} />
              {selected && <Detail step={steps.find((each) => each.step === selected)} onClose={() => onSelect("")} />}
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

function seconds(window: Window): number {
  return Number(window.slice(0, -1)) * { m: 60, h: 3600, d: 86400 }[window.slice(-1) as "m" | "h" | "d"];
}

function Detail({ step, onClose }: { step: StepMeasures | undefined; onClose: () => void }) {
  if (step === undefined) return null;
  const { usual } = step;
  return (
    <section className="detail" aria-label={`Step ${step.step}`}>
      <header className="row">
        <h3 className="grow">{step.step}</h3>
        <Button kind="quiet" icon="close" aria-label="Close the step" onClick={onClose} />
      </header>
      {step.verdict.text && <p>{step.verdict.text}</p>}
      {step.series && <Chart points={step.series} usual={usual?.run?.p95 ?? null} />}
      <dl className="pairs">
        <Pair name="Resource">{step.resource}</Pair>
        <Pair name="In flight">
          {whole(step.in_flight)}
          {step.oldest_call !== null && `, the first for ${duration(step.oldest_call)}`}
        </Pair>
        <Pair name="Waiting for a call">{whole(step.waiting)}</Pair>
        <Pair name="Parked">{whole(step.parked)}</Pair>
        {Object.entries(step.by_class).map(([name, count]) => (
          <Pair key={name} name={`Failed: ${name}`}>
            {whole(count)}
          </Pair>
        ))}
        <Pair name="Usual">
          {usual === null
            ? "not known yet: it takes some calls in this hour of the week, or in the last hours"
            : `p95 ${usual.run ? duration(usual.run.p95) : "–"}, ${percent(usual.error_rate)} errors, from ${whole(usual.calls)} calls ${
                usual.source === "hour-of-week" ? "at this hour of the week" : "of the last hours"
              }`}
        </Pair>
      </dl>
    </section>
  );
}

function Pair({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
