// One action on many runs: those that a filter finds, or those that somebody has chosen.
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useMemo, useState } from "react";
import { api, call, got, newKey, type Schema } from "@/api/client";
import type { RunStatus } from "@/api/types";
import { StatusBadge } from "@/parts/Badge";
import { Confirm } from "@/parts/Dialog";
import { Field } from "@/parts/Field";
import { duration, shortId, whole } from "@/parts/format";
import { Loaded, Skeleton } from "@/parts/States";
import { toast } from "@/parts/toast";
import { asked, type Filters, inWords } from "./filters";

const ACTIONS = {
  retry: ["Retry", "Try incidents again, or parked steps, at once"],
  pause: ["Pause", "A call in flight finishes; nothing more begins until they are resumed"],
  resume: ["Resume", "Let paused runs go on"],
  rerun: ["Rerun", "Run again from a step on; what was done behind it is taken back first"],
  cancel: ["Cancel", "End them; what was done is taken back"],
} as const;

type Action = keyof typeof ACTIONS;
type Preview = Schema<"BulkReply">;

const AT_ONCE = 4; // chosen runs that are told at the same time

interface Props {
  filters: Filters;
  /** The runs that were chosen; none for all that fit the filters. */
  chosen: readonly string[];
  onClose: () => void;
  onDone: () => void;
}

/** Asks what to do, shows with which runs, and does it. */
export default function OrderRuns({ filters, chosen, onClose, onDone }: Props) {
  const queries = useQueryClient();
  const [action, setAction] = useState<Action>("retry");
  const [from, setFrom] = useState("");
  const [rate, setRate] = useState("");
  const [rules, setRules] = useState<"pinned" | "latest">("pinned");
  const [reason, setReason] = useState("");
  const [key] = useState(newKey);
  const filter = useMemo(() => asked(filters), [filters]);
  const many = chosen.length === 0;
  const preview = usePreview(action, from, filter, many);
  const count = many ? (preview.data?.count ?? 0) : chosen.length;
  const slow = Number(rate) > 0 ? Number(rate) : null;

  const details = {
    ...(action === "rerun" ? { from } : {}),
    ...(action === "retry" || action === "rerun" ? { rules } : {}),
    ...(reason.trim() ? { reason: reason.trim() } : {}),
  };
  const order = async (): Promise<void> => {
    if (many) {
      const body = { action, filter, dry_run: false, ...(slow === null ? {} : { rate: slow }), ...details };
      await call<Preview>("/v1/runs/bulk", { body, headers: { "Idempotency-Key": key } });
    } else await tellEach(chosen, action, details, key);
    onDone();
    await queries.invalidateQueries();
  };
  return (
    <Confirm
      title={many ? "Bulk action on all that fit" : `Bulk action on ${whole(chosen.length)} runs`}
      verb={count === 0 ? ACTIONS[action][0] : `${ACTIONS[action][0]} ${whole(count)} ${count === 1 ? "run" : "runs"}`}
      danger={action === "cancel"}
      blocked={count === 0 || (many && preview.isPlaceholderData) || (action === "rerun" && from.trim() === "")}
      onConfirm={order}
      onClose={onClose}
    >
      <Field label="What to do" hint={ACTIONS[action][1]}>
        {(given) => (
          <select
            {...given}
            className="input"
            value={action}
            onChange={(event) => setAction(event.target.value as Action)}
          >
            {Object.entries(ACTIONS).map(([name, [title]]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        )}
      </Field>
      {action === "rerun" && (
        <FromStep workflow={many ? filters.workflow : ""} value={from} onChange={setFrom} />
      )}
      {(action === "retry" || action === "rerun") && (
        <Field label="By which rules">
          {(given) => (
            <select
              {...given}
              className="input"
              value={rules}
              onChange={(event) => setRules(event.target.value === "latest" ? "latest" : "pinned")}
            >
              <option value="pinned">Those that each run began with</option>
              <option value="latest">Those of now</option>
            </select>
          )}
        </Field>
      )}
      {many && (
        <Field
          label="Runs a second"
          hint={
            slow !== null && count > 0
              ? `Takes about ${duration(count / slow)}`
              : "Left empty: as fast as they obey. A rate is kind to what they call"
          }
          fault={rate !== "" && slow === null ? "A number above 0" : undefined}
        >
          {(given) => (
            <input
              {...given}
              className="input"
              inputMode="decimal"
              placeholder="no limit"
              value={rate}
              onChange={(event) => setRate(event.target.value)}
            />
          )}
        </Field>
      )}
      <Field label="Reason" hint="Stands in each run’s history">
        {(given) => (
          <input {...given} className="input" value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
      <section className="preview" aria-live="polite" aria-label="Preview">
        {many ? (
          <>
            <p className="dim">{inWords(filters).join("; ") || "No filter: every run that can obey"}</p>
            <Loaded query={preview} skeleton={<Skeleton lines={2} />}>
              {(found) => <Found found={found} action={action} />}
            </Loaded>
          </>
        ) : (
          <p>
            Each of the <b>{whole(chosen.length)}</b> chosen runs is told; one that cannot obey says so.
          </p>
        )}
      </section>
    </Confirm>
  );
}

interface FromStepProps {
  /** Whose steps are offered; those of all workflows where it is empty. */
  workflow: string;
  value: string;
  onChange: (value: string) => void;
}

/** The path of a step. One that no workflow has now may stand in the older rules of a run: it is doubted, not refused. */
function FromStep({ workflow, value, onChange }: FromStepProps) {
  const offered = useId();
  const workflows = useQuery({ queryKey: ["workflows"], queryFn: () => got(api.GET("/v1/workflows")) });
  const meant = workflows.data?.workflows.filter(({ name }) => workflow === "" || name === workflow) ?? [];
  const steps = [...new Set(meant.flatMap((each) => each.steps))];
  const step = value.trim().split("/", 1)[0] ?? "";
  const strange = step !== "" && workflows.isSuccess && !steps.includes(step);
  const where = workflow === "" ? "No workflow has" : `The workflow ${workflow} does not have`;
  return (
    <>
      <Field label="From the step" hint="Its path, such as fraud or split/0/parcel">
        {(given) => (
          <input
            {...given}
            className="input mono"
            list={offered}
            autoComplete="off"
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      <datalist id={offered}>
        {steps.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <p role="status" className="doubt">
        {strange && `${where} a step ${step} now: only runs that keep to older rules may have it`}
      </p>
    </>
  );
}

function usePreview(action: Action, from: string, filter: Record<string, string>, enabled: boolean) {
  return useQuery({
    queryKey: ["bulk-preview", action, filter],
    queryFn: () =>
      call<Preview>("/v1/runs/bulk", {
        body: { action, filter, dry_run: true, ...(action === "rerun" ? { from: from || "start" } : {}) },
      }),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}

function Found({ found, action }: { found: Preview; action: Action }) {
  if (found.count === 0) return <p>No run fits that could obey: there is nothing to {action}.</p>;
  const sample = found.sample ?? [];
  return (
    <>
      <p>
        <b>{whole(found.count)}</b> {found.count === 1 ? "run" : "runs"}, oldest first:
      </p>
      <ul className="row wrap">
        {Object.entries(found.by_status ?? {}).map(([status, count]) => (
          <li key={status}>
            <StatusBadge status={status as RunStatus} /> {whole(Number(count))}
          </li>
        ))}
      </ul>
      {sample.length > 0 && (
        <p className="dim">
          Such as{" "}
          {sample.slice(0, 3).map((id, index) => (
            <span key={id}>
              {index > 0 && ", "}
              <a className="mono" href={`/runs/${id}`} target="_blank" rel="noreferrer">
                {shortId(id)}
              </a>
            </span>
          ))}
        </p>
      )}
    </>
  );
}

/** Tell each chosen run; who refuses is named. Throws what the first refused with, where all did. */
async function tellEach(ids: readonly string[], action: Action, details: object, key: string): Promise<void> {
  const left = [...ids];
  const refused: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let run = left.shift(); run !== undefined; run = left.shift()) {
      try {
        const path = { run };
        const header = { "Idempotency-Key": `${key}-${run}` };
        await got(api.POST(`/v1/runs/{run}/${action}`, { params: { path, header }, body: details as never }));
      } catch (error) {
        refused.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (refused.length === ids.length) throw refused[0];
  const told = whole(ids.length - refused.length);
  if (refused.length === 0) toast(`${told} told to ${action}`);
  else toast(`${told} told to ${action}; ${whole(refused.length)} refused: ${String(refused[0])}`, "bad");
}
