// The table of the steps, in the order of any of its columns.
import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_alphanumeric,
  type SortingState,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import type { ReactNode } from "react";
import { duration, figure, percent, whole } from "@/parts/format";
import type { StepMeasures } from "./shapes";
import { VerdictBadge } from "./Summary";

interface Props {
  steps: StepMeasures[];
  selected: string;
  onSelect: (step: string) => void;
  sort: string;
  onSort: (sort: string) => void;
}

const WORST_FIRST = ["held", "failing", "saturated", "slow", "unknown", "well"];
const FEATURES = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric },
});
const column = createColumnHelper<typeof FEATURES, StepMeasures>();
const LAST = { sortUndefined: "last" } as const;
const COLUMNS = column.columns([
  column.accessor((step) => WORST_FIRST.indexOf(step.verdict.state), { id: "verdict", header: "Verdict" }),
  column.accessor("step", { header: "Step", sortFn: "alphanumeric" }),
  column.accessor("calls", { header: "Calls", sortDescFirst: true }),
  column.accessor("error_rate", { id: "errors", header: "Errors", sortDescFirst: true }),
  column.accessor((step) => step.queue?.p95, { id: "queue", header: "Queue p95", sortDescFirst: true, ...LAST }),
  column.accessor((step) => step.run?.p50, { id: "run", header: "Run p50", sortDescFirst: true, ...LAST }),
  column.accessor((step) => step.run?.p95, { id: "p95", header: "p95", sortDescFirst: true, ...LAST }),
  column.accessor((step) => step.run?.p99, { id: "p99", header: "p99", sortDescFirst: true, ...LAST }),
  column.accessor((step) => step.usual?.run?.p95, { id: "usual", header: "Usual p95", sortDescFirst: true, ...LAST }),
  column.accessor((step) => step.waiting + step.parked, { id: "waiting", header: "Waiting", sortDescFirst: true }),
]);
const NAMES = new Set(COLUMNS.map((each) => each.id ?? ("accessorKey" in each ? String(each.accessorKey) : "")));
const WORDS = new Set(["verdict", "step"]); // the columns that hold no numbers

export function StepTable({ steps, selected, onSelect, sort, onSort }: Props) {
  const sorting = sortingOf(sort);
  const table = useTable({
    features: FEATURES,
    columns: COLUMNS,
    data: steps,
    getRowId: (step) => step.step,
    state: { sorting },
    enableSortingRemoval: false,
    enableMultiSort: false,
    onSortingChange: (next) => onSort(textOf(typeof next === "function" ? next(sorting) : next)),
  });
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Steps">
      <table className="table">
        <thead>
          <tr>
            {table.getFlatHeaders().map((header) => {
              const sorted = header.column.getIsSorted();
              return (
                <th
                  key={header.id}
                  scope="col"
                  className={WORDS.has(header.id) ? undefined : "num"}
                  aria-sort={sorted ? (sorted === "asc" ? "ascending" : "descending") : undefined}
                >
                  <button type="button" className="sort" onClick={() => header.column.toggleSorting()}>
                    <table.FlexRender header={header} />
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {table.getRowModel().rows.map(({ id, original: step }) => (
            <Row key={id} step={step} chosen={id === selected} onChoose={() => onSelect(id === selected ? "" : id)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** `-calls` is by calls, the most first; what names no column is by the verdict. */
function sortingOf(text: string): SortingState {
  const id = text.replace(/^-/, "");
  return NAMES.has(id) ? [{ id, desc: text.startsWith("-") }] : [{ id: "verdict", desc: false }];
}

function textOf([first]: SortingState): string {
  return first === undefined ? "" : `${first.desc ? "-" : ""}${first.id}`;
}

function Row({ step, chosen, onChoose }: { step: StepMeasures; chosen: boolean; onChoose: () => void }) {
  return (
    <tr aria-selected={chosen}>
      <td>
        <VerdictBadge state={step.verdict.state} title={step.verdict.text} />
      </td>
      <td>
        <button type="button" className="link" aria-pressed={chosen} onClick={onChoose}>
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
      <Length>{step.queue?.p95}</Length>
      <Length>{step.run?.p50}</Length>
      <Length>{step.run?.p95}</Length>
      <Length>{step.run?.p99}</Length>
      <Length>{step.usual?.run?.p95}</Length>
      <td className="num">{whole(step.waiting + step.parked)}</td>
    </tr>
  );
}

function Length({ children }: { children: number | undefined }): ReactNode {
  return <td className="num">{children === undefined ? <span className="dim">–</span> : duration(children)}</td>;
}
