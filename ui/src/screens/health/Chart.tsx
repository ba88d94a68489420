// A step over time: run and queue time as lines, calls as bars with the failed part marked.
import { duration, moment, whole } from "@/parts/format";
import type { Point } from "./shapes";

const WIDTH = 720;
const HEIGHT = 150;
const BARS = 36; // of the height, for the calls
const LEFT = 56;
const TOP = 10;

interface Props {
  points: Point[];
  /** The usual p95 in seconds, drawn as a line across. */
  usual: number | null;
}

export function Chart({ points, usual }: Props) {
  const times = points.flatMap((each) => [each.run_p95, each.queue_p95]).filter((each) => each !== null);
  if (times.length === 0) return <p className="dim">There was no call within that time.</p>;
  const most = Math.max(...times, usual ?? 0) || 1;
  const calls = Math.max(...points.map((each) => each.calls), 1);
  const across = (index: number): number => LEFT + ((WIDTH - LEFT) * (index + 0.5)) / points.length;
  const up = (value: number): number => TOP + (HEIGHT - BARS - TOP) * (1 - value / most);
  const wide = Math.max(1, ((WIDTH - LEFT) / points.length) * 0.7);
  const last = points.at(-1);
  return (
    <figure className="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 14}`} role="img" aria-label={told(points, usual)}>
        <text x={LEFT - 6} y={TOP + 8} textAnchor="end">
          {duration(most)}
        </text>
        <text x={LEFT - 6} y={HEIGHT - BARS} textAnchor="end">
          0
        </text>
        <text x={LEFT - 6} y={HEIGHT} textAnchor="end">
          calls
        </text>
        <path className="axis" d={`M${LEFT} ${HEIGHT - BARS}H${WIDTH}`} />
        {points.map((each, index) => {
          const height = ((BARS - 6) * each.calls) / calls;
          const failed = each.calls === 0 ? 0 : (height * each.errors) / each.calls;
          return (
            <g key={each.at}>
              <title>{`${moment(each.at)}: ${whole(each.calls)} calls, ${whole(each.errors)} failed`}</title>
              <rect className="calls" x={across(index) - wide / 2} y={HEIGHT - height} width={wide} height={height} />
              <rect className="failed" x={across(index) - wide / 2} y={HEIGHT - failed} width={wide} height={failed} />
            </g>
          );
        })}
        {usual !== null && <path className="usual" d={`M${LEFT} ${up(usual)}H${WIDTH}`} />}
        <path className="queue" d={line(points, "queue_p95", across, up)} />
        <path className="run" d={line(points, "run_p95", across, up)} />
        <text x={LEFT} y={HEIGHT + 12}>
          {points[0] && moment(points[0].at)}
        </text>
        <text x={WIDTH} y={HEIGHT + 12} textAnchor="end">
          {last && moment(last.at)}
        </text>
      </svg>
      <figcaption className="row wrap dim">
        <span className="key run">run p95</span>
        <span className="key queue">queue p95</span>
        {usual !== null && <span className="key usual">usual run p95</span>}
        <span className="key failed">failed calls</span>
      </figcaption>
    </figure>
  );
}

/** A line that breaks where nothing is known; a point alone is a short stroke. */
function line(
  points: Point[],
  name: "run_p95" | "queue_p95",
  across: (index: number) => number,
  up: (value: number) => number,
): string {
  let path = "";
  let drawing = false;
  points.forEach((point, index) => {
    const value = point[name];
    if (value !== null) path += `${drawing ? "L" : "M"}${across(index).toFixed(1)} ${up(value).toFixed(1)}h0.01`;
    drawing = value !== null;
  });
  return path;
}

function told(points: Point[], usual: number | null): string {
  const runs = points.flatMap((each) => (each.run_p95 === null ? [] : [each.run_p95]));
  const last = runs.at(-1);
  const now = last === undefined ? "" : `run p95 now ${duration(last)}, at most ${duration(Math.max(...runs))}`;
  return `Times of the step: ${now}${usual === null ? "" : `; usually ${duration(usual)}`}`;
}
