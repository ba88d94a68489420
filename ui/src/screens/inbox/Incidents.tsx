// Incidents: a thousand runs that stand still for one reason are one line, and are mended with one order.
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { api, call, got, newKey } from "@/api/client";
import type { Incident } from "@/api/types";
import { Badge } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { Confirm } from "@/parts/Dialog";
import { Field } from "@/parts/Field";
import { whole } from "@/parts/format";
import { Empty, Loaded, Skeleton } from "@/parts/States";
import { Ago } from "@/parts/Time";
import { toast } from "@/parts/toast";
import { Progress } from "./Progress";

type Action = "retry" | "cancel";

const PAGE = 50;

export function Incidents() {
  const list = useInfiniteQuery({
    queryKey: ["incidents", "inbox"],
    queryFn: ({ pageParam }) =>
      got(
        api.GET("/v1/incidents", {
          params: { query: { limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const [asked, ask] = useState<{ incident: Incident; action: Action }>();
  const [bulks, setBulks] = useState<string[]>([]);
  const incidents = list.data?.pages.flatMap((page) => page.incidents) ?? [];
  return (
    <div className="stack">
      {bulks.map((bulk) => (
        <Progress key={bulk} bulk={bulk} onGone={() => setBulks(bulks.filter((each) => each !== bulk))} />
      ))}
      <Loaded query={list}>
        {() =>
          incidents.length === 0 ? (
            <Empty title="No run stands still">
              <p>What no retry mends stands here, with nothing undone, until somebody has seen to it.</p>
            </Empty>
          ) : (
            <ul className="stack">
              {incidents.map((incident) => (
                <Card key={incident.fingerprint} incident={incident} onAsk={(action) => ask({ incident, action })} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {list.hasNextPage && (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      )}
      {asked && <Order {...asked} onBegun={(bulk) => setBulks([bulk, ...bulks])} onClose={() => ask(undefined)} />}
    </div>
  );
}

function Card({ incident, onAsk }: { incident: Incident; onAsk: (action: Action) => void }) {
  const runs = `/runs?fingerprint=${incident.fingerprint}`;
  return (
    <li className="panel incident">
      <div className="row wrap">
        <Badge tone="bad" shape="bang">
          {whole(incident.count)} {incident.count === 1 ? "run" : "runs"}
        </Badge>
        <strong>
          {incident.workflow} · {incident.path}
        </strong>
        {incident.undo && <span className="tag">undo</span>}
        <span className="dim">
          {incident.class}
          {incident.code !== incident.class && ` · ${incident.code}`}
        </span>
        <span className="dim grow">
          first <Ago at={incident.first} />, last <Ago at={incident.last} />
        </span>
      </div>
      <p className="message">{incident.message}</p>
      <div className="row wrap">
        <Button kind="primary" icon="retry" onClick={() => onAsk("retry")}>
          Retry {incident.count === 1 ? "it" : `all ${whole(incident.count)}`}
        </Button>
        <Link className="button" href={`/runs/${incident.example}`}>
          Open the last one
        </Link>
        <Link className="button" href={runs}>
          List them
        </Link>
        {!incident.undo && (
          <Button kind="danger" onClick={() => onAsk("cancel")}>
            Cancel {incident.count === 1 ? "it" : "all"}
          </Button>
        )}
      </div>
    </li>
  );
}

interface OrderProps {
  incident: Incident;
  action: Action;
  onBegun: (bulk: string) => void;
  onClose: () => void;
}

interface Preview {
  count: number;
  by_status: Record<string, number>;
  sample: string[];
}

function Order({ incident, action, onBegun, onClose }: OrderProps) {
  const [rate, setRate] = useState(incident.count > 50 ? "20" : "");
  const queries = useQueryClient();
  const key = useMemo(newKey, []);
  const filter = { fingerprint: incident.fingerprint };
  const preview = useQuery({
    queryKey: ["runs", "bulk", "preview", action, incident.fingerprint],
    queryFn: () => call<Preview>("/v1/runs/bulk", { body: { action, filter, dry_run: true } }),
    staleTime: 0,
  });
  const wrong = rate !== "" && !(Number(rate) > 0) ? "So many a second: a number above 0, or nothing" : undefined;
  const send = async (): Promise<void> => {
    const body = { action, filter, dry_run: false, ...(rate === "" ? {} : { rate: Number(rate) }) };
    const begun = await call<{ count: number; id: string | null }>("/v1/runs/bulk", {
      body,
      headers: { "Idempotency-Key": key },
    });
    toast(`${action === "retry" ? "Retrying" : "Cancelling"} ${whole(begun.count)} runs`);
    if (begun.id !== null) onBegun(begun.id);
    await queries.invalidateQueries({ queryKey: ["incidents"] });
  };
  return (
    <Confirm
      title={action === "retry" ? "Retry incidents" : "Cancel incidents"}
      verb={action === "retry" ? "Retry" : "Cancel the runs"}
      danger={action === "cancel"}
      blocked={!preview.data || preview.data.count === 0 || wrong !== undefined}
      onConfirm={send}
      onClose={onClose}
    >
      <p>
        {action === "retry"
          ? "The step at which they stand is tried again, with the idempotency key that it always had."
          : "They end, and what they have done is taken back step by step. That cannot be turned round."}
      </p>
      <Loaded query={preview} skeleton={<Skeleton lines={2} />}>
        {({ count, sample }) => (
          <p>
            <strong>{count === 1 ? "1 run" : `${whole(count)} runs`}</strong> would be{" "}
            {action === "retry" ? "retried" : "cancelled"}
            {sample.length > 0 && (
              <>
                , such as <code>{sample[0]}</code>
              </>
            )}
            .
          </p>
        )}
      </Loaded>
      <Field label="Rate" hint="Runs a second; nothing for as fast as it goes" fault={wrong}>
        {(given) => (
          <input
            {...given}
            className="input"
            inputMode="decimal"
            value={rate}
            onChange={(event) => setRate(event.target.value.trim())}
          />
        )}
      </Field>
    </Confirm>
  );
}
