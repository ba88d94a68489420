import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, got, type Schema } from "@/api/client";
import { Button } from "@/parts/Button";
import { Confirm } from "@/parts/Dialog";
import { figure, shortId, whole } from "@/parts/format";
import { Ago, useNow } from "@/parts/Time";

type Bulk = Schema<"BulkProgress">;

const SHOWN = 60_000; // milliseconds for which one that has ended stays
const LOOK = 1_000;

/** The bulk orders that go on, and those that have just ended: how far, and how to stop them. */
export function BulkStrip() {
  const now = useNow();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const list = useQuery({
    queryKey: ["runs", "bulk"],
    queryFn: () => got(api.GET("/v1/runs/bulk", { params: { query: { limit: 5 } } })),
    refetchInterval: ({ state }) => (state.data?.bulks.some((bulk) => bulk.running) ? LOOK : false),
  });
  const shown = (list.data?.bulks ?? []).filter(
    (bulk) => bulk.running || (!closed.has(bulk.id) && bulk.ended_at !== null && now - Date.parse(bulk.ended_at) < SHOWN),
  );
  return shown.map((bulk) => (
    <Progress key={bulk.id} bulk={bulk} onClose={() => setClosed(new Set([...closed, bulk.id]))} />
  ));
}

function Progress({ bulk, onClose }: { bulk: Bulk; onClose: () => void }) {
  const [stopping, setStopping] = useState(false);
  const told = bulk.done + bulk.failed;
  const share = bulk.count === 0 ? 1 : told / bulk.count;
  return (
    <section className="bulk" aria-label={`Bulk ${bulk.action}`}>
      <div className="row wrap">
        <b>{bulk.action}</b>
        <span>
          {whole(told)} of {whole(bulk.count)}
        </span>
        {bulk.failed > 0 && <Refused bulk={bulk} />}
        <span className="dim">
          {bulk.rate !== null && `${figure(bulk.rate)} a second · `}
          {bulk.running ? <Expected at={bulk.expected_end} /> : bulk.cancelled ? "stopped" : "done"}
        </span>
        <span className="grow" />
        {bulk.running ? (
          <Button icon="stop" onClick={() => setStopping(true)}>
            Stop
          </Button>
        ) : (
          <Button kind="quiet" icon="close" aria-label="Close" onClick={onClose} />
        )}
      </div>
      <div
        className="bar"
        role="progressbar"
        aria-label={`Bulk ${bulk.action}`}
        aria-valuemin={0}
        aria-valuemax={bulk.count}
        aria-valuenow={told}
      >
        <i style={{ width: `${share * 100}%` }} />
      </div>
      {stopping && <Stop bulk={bulk} onClose={() => setStopping(false)} />}
    </section>
  );
}

function Expected({ at }: { at: string | null }) {
  return at === null ? (
    <>begun</>
  ) : (
    <>
      done <Ago at={at} />
    </>
  );
}

/** How many runs refused; opened, which and why. */
function Refused({ bulk }: { bulk: Bulk }) {
  return (
    <details className="refused">
      <summary>{whole(bulk.failed)} refused</summary>
      <ul>
        {bulk.problems.slice(0, 10).map((problem) => (
          <li key={problem.run}>
            <a className="mono" href={`/runs/${problem.run}`}>
              {shortId(problem.run)}
            </a>{" "}
            {problem.message}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Stop({ bulk, onClose }: { bulk: Bulk; onClose: () => void }) {
  const queries = useQueryClient();
  const stop = async (): Promise<void> => {
    await got(api.POST("/v1/runs/bulk/{bulk}/cancel", { params: { path: { bulk: bulk.id } } }));
    await queries.invalidateQueries({ queryKey: ["runs"] });
  };
  return (
    <Confirm title={`Stop the bulk ${bulk.action}`} verb="Stop" danger onConfirm={stop} onClose={onClose}>
      <p>
        {whole(bulk.done + bulk.failed)} runs were told and stay so. The other{" "}
        {whole(bulk.count - bulk.done - bulk.failed)} are not told any more.
      </p>
    </Confirm>
  );
}
