import { lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { useShortcuts } from "@/app/shortcuts";
import { Button } from "@/parts/Button";
import { Page } from "@/parts/Page";
import { ProblemView } from "@/parts/Problem";
import { Empty } from "@/parts/States";
import { BulkStrip } from "./BulkStrip";
import { FilterBar } from "./FilterBar";
import { meant, useFields, withKnown } from "./fields";
import { type Filters, NO_FILTERS, unfiltered, useFilters } from "./filters";
import { ChosenBar, RowSkeletons, RunTable, type TableHandle } from "./RunTable";
import "./runs.css";
import { StatusStrip, useCounts } from "./StatusStrip";
import { useRunList } from "./useRunList";

const StartRun = lazy(() => import("./StartRun"));
const OrderRuns = lazy(() => import("./OrderRuns"));
const NOWHERE = { from: 0, to: 0, settled: true };

export default function Runs() {
  const [given, change] = useFilters();
  const { data, isPending } = useFields();
  const [filters, others] = useMemo(() => withKnown(given, data), [given, data]);
  if (isPending && Object.keys(given.fields).length > 0) {
    return (
      <Page title="Runs" flush>
        <RowSkeletons />
      </Page>
    );
  }
  const near = others.map((name) => [name, meant(name, data ?? [])] as const);
  const told = near.map(([name, known]) => (known ? `${name} (did you mean ${known}?)` : name)).join(", ");
  return <RunsThatFit filters={filters} change={change} leftOut={told} />;
}

interface Props {
  filters: Filters;
  change: (part: Partial<Filters>) => void;
  /** Names in the address that are no filters; empty for none. */
  leftOut: string;
}

function RunsThatFit({ filters, change, leftOut }: Props) {
  const [dialog, setDialog] = useState<"start" | "order" | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const table = useRef<TableHandle>(null);
  const [listed, list] = useRunList(filters, () => table.current?.seen() ?? NOWHERE);
  const counts = useCounts(filters);
  const close = useCallback(() => setDialog(null), []);
  const choose = useCallback((id: string, on: boolean) => {
    setChosen((before) => new Set(on ? [...before, id] : [...before].filter((each) => each !== id)));
  }, []);
  const more = useCallback(() => void list.more(), [list]);
  const settle = useCallback(() => list.settle(), [list]);
  const look = useCallback(() => {
    const seen = table.current?.seen();
    if (!seen) return;
    void list.look(seen.from, seen.to).then(() => {
      if (table.current?.seen().settled) list.settle();
    });
  }, [list]);
  useShortcuts([
    { keys: "n", does: "Start a run", run: () => setDialog("start") },
    { keys: "o", does: "Bulk action on the runs that fit, or are chosen", run: () => setDialog("order") },
    { keys: "c", does: "Clear the filters", run: () => change({ ...NO_FILTERS }) },
  ]);

  return (
    <Page
      title="Runs"
      flush
      actions={
        <>
          <Button onClick={() => setDialog("order")} title="Retry, pause, resume, rerun or cancel all that fit (o)">
            Bulk action…
          </Button>
          <Button kind="primary" icon="plus" onClick={() => setDialog("start")} title="Start a run (n)">
            Start a run
          </Button>
        </>
      }
    >
      <StatusStrip filters={filters} counts={counts} onChange={(status) => change({ status })} />
      <FilterBar filters={filters} onChange={change} />
      {leftOut !== "" && (
        <div className="chosen" role="status">
          Left out, as runs are not found by such names: {leftOut}
          <Button kind="quiet" onClick={() => change({ fields: filters.fields })}>
            Dismiss
          </Button>
        </div>
      )}
      <BulkStrip />
      {chosen.size > 0 && (
        <ChosenBar count={chosen.size} onOrder={() => setDialog("order")} onDrop={() => setChosen(new Set())} />
      )}
      {!listed.begun && listed.error !== null ? (
        <div className="inside">
          <ProblemView error={listed.error} onRetry={more} />
        </div>
      ) : !listed.begun ? (
        <RowSkeletons />
      ) : listed.rows.length === 0 && listed.fresh === 0 ? (
        <Nothing all={unfiltered(filters)} onClear={() => change({ ...NO_FILTERS })} onStart={() => setDialog("start")} />
      ) : (
        <RunTable
          key={JSON.stringify(filters)}
          listed={listed}
          chosen={chosen}
          onChoose={choose}
          onMore={more}
          onSettle={settle}
          onSeen={look}
          offset={list.offset}
          onOffset={(offset) => {
            list.offset = offset;
          }}
          handle={table}
        />
      )}
      <Suspense>
        {dialog === "start" && <StartRun workflow={filters.workflow} onClose={close} />}
        {dialog === "order" && (
          <OrderRuns filters={filters} chosen={[...chosen]} onClose={close} onDone={() => setChosen(new Set())} />
        )}
      </Suspense>
    </Page>
  );
}

function Nothing({ all, onClear, onStart }: { all: boolean; onClear: () => void; onStart: () => void }) {
  return all ? (
    <Empty title="No run yet">
      <p>A run is one order, one refund, one anything on its way through a workflow. Start one here, or by POST /v1/runs.</p>
      <Button kind="primary" icon="plus" onClick={onStart}>
        Start a run
      </Button>
    </Empty>
  ) : (
    <Empty title="No run fits">
      <p>Runs are there, but none that fits every filter.</p>
      <Button onClick={onClear}>Clear the filters</Button>
    </Empty>
  );
}
