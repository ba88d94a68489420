// Steps: how long each waits and how long it runs, against what is usual; one of them drawn over time.
import type { ReactNode } from "react";
import { Button } from "@/parts/Button";
import { duration, figure, percent, whole } from "@/parts/format";
import { Panel } from "@/parts/Page";
import { Empty, Loaded } from "@/parts/States";
import { Chart } from "./Chart";
import { type StepMeasures, useStats, WINDOWS } from "./shapes";
import { VerdictBadge } from "./Summary";

type Sort = "verdict" | "step" | "calls" | "errors" | "run" | "queue";
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
const ORDER = ["held", "failing", "saturated", "slow", "unknown", "well"];

interface Props {
  window: Window;
  onWindow: (window: Window) => void;
  selected: string;
  onSelect: (step: string) => void;
  sort: Sort;
  onSort: (sort: Sort) => void;
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
              <Table steps={sorted(steps, sort)} selected={selected} onSelect={onSelect} sort={sort} onSort={onSort} />
              {selected && <Detail step={steps.find((each) => each.step === selected)} onClose={() => onSelect("")} />}
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

interface TableProps extends Omit<Props, "window" | "onWindow"> {
  steps: StepMeasures[];
}

function Table({ steps, selected, onSelect, sort, onSort }: TableProps) {
  const head = (name: Sort, title: string, num = false) => (
    <th scope="col" className={num ? "num" : undefined} aria-sort={sort === name ? sortOf(name) : undefined}>
      <button type="button" className="sort" onClick={() => onSort(name)}>
        {title}
      </button>
    </th>
  );
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Steps">
      <table className="table">
        <thead>
          <tr>
            {head("verdict", "Verdict")}
            {head("step", "Step")}
            {head("calls", "Calls", true)}
            {head("errors", "Errors", true)}
            {head("queue", "Queue p95", true)}
            {head("run", "Run p50", true)}
            <th scope="col" className="num">
              p95
            </th>
            <th scope="col" className="num">
              p99
            </th>
            <th scope="col" className="num">
              Usual p95
            </th>
            <th scope="col" className="num">
              Waiting
            </th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={step.step} aria-selected={step.step === selected}>
              <td>
                <VerdictBadge state={step.verdict.state} title={step.verdict.text} />
              </td>
              <td>
                <button
                  type="button"
                  className="link"
                  aria-pressed={step.step === selected}
                  onClick={() => onSelect(step.step === selected ? "" : step.step)}
                >
                  {step.step}
                </button>
                {step.verdict.state !== "well" && step.verdict.text && <div className="dim">{step.verdict.text}</div>}
              </td>
              <td className="num">
                {whole(step.calls)}
                <div className="dim">{figure(step.per_second)}/s</div>
              </td>
              <td className="num" data-tone={step.error_rate > 0.05 ? "bad" : undefined}>
                {percent(step.error_rate)}
              </td>
              <Length value={step.queue?.p95} />
              <Length value={step.run?.p50} />
              <Length value={step.run?.p95} />
              <Length value={step.run?.p99} />
              <Length value={step.usual?.run?.p95} />
              <td className="num">{whole(step.waiting + step.parked)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Length({ value }: { value: number | undefined }) {
  return <td className="num">{value === undefined ? <span className="dim">–</span> : duration(value)}</td>;
}

function sortOf(name: Sort): "ascending" | "descending" {
  return name === "step" || name === "verdict" ? "ascending" : "descending";
}

function sorted(steps: StepMeasures[], sort: Sort): StepMeasures[] {
  const weight = (step: StepMeasures): number =>
    ({
      verdict: -ORDER.indexOf(step.verdict.state),
      step: 0,
      calls: step.calls,
      errors: step.error_rate,
      run: step.run?.p50 ?? -1,
      queue: step.queue?.p95 ?? -1,
    })[sort];
  return [...steps].sort((one, other) => weight(other) - weight(one) || one.step.localeCompare(other.step));
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
        <Pair name="In flight">{whole(step.in_flight)}</Pair>
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
