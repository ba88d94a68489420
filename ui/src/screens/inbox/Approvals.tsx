// Approvals: runs that wait for a signal, oldest first; what led there, and the answer.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { useShortcuts } from "@/app/shortcuts";
import { api, got, type Schema } from "@/api/client";
import type { RunSummary } from "@/api/types";
import { Button } from "@/parts/Button";
import { FileLink } from "@/parts/FileLink";
import { shortId } from "@/parts/format";
import { Json } from "@/parts/Json";
import { Panel } from "@/parts/Page";
import type { SignalWait } from "@/parts/SignalDialog";
import { Empty, Loaded } from "@/parts/States";
import { Ago } from "@/parts/Time";
import { Answer } from "./Answer";

const PAGE = 50;

interface Props {
  chosen: string;
  onChoose: (run: string) => void;
}

export function Approvals({ chosen, onChoose }: Props) {
  const list = useInfiniteQuery({
    queryKey: ["inbox", "waiting"],
    queryFn: ({ pageParam }) =>
      got(
        api.GET("/v1/runs", {
          params: {
            query: { status: ["waiting"], sort: "oldest", limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const runs = list.data?.pages.flatMap((page) => page.runs) ?? [];
  const [, navigate] = useLocation();
  const move = (step: number): void => {
    const at = chosen ? runs.findIndex((run) => run.id === chosen) : 0;
    const next = runs[at < 0 ? 0 : Math.max(0, Math.min(runs.length - 1, at + step))];
    if (next) onChoose(next.id);
  };
  useShortcuts([
    { keys: "j", does: "Next run that waits", run: () => move(1) },
    { keys: "k", does: "Run before it", run: () => move(-1) },
    { keys: "o", does: "Open the chosen run", run: () => navigate(`/runs/${chosen || (runs[0]?.id ?? "")}`) },
  ]);
  return (
    <Loaded query={list}>
      {() =>
        runs.length === 0 ? (
          <Empty title="Nothing waits for a person">
            <p>Runs that come to a wait stand here until somebody answers them, or their time is up.</p>
          </Empty>
        ) : (
          <div className="two">
            <Panel title="Oldest first" flush>
              <ul className="picks">
                {runs.map((run) => (
                  <Pick key={run.id} run={run} chosen={run.id === (chosen || runs[0]?.id)} onChoose={() => onChoose(run.id)} />
                ))}
              </ul>
              {list.hasNextPage && (
                <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                  Show more
                </Button>
              )}
            </Panel>
            <Chosen key={chosen || runs[0]?.id} run={chosen || (runs[0]?.id ?? "")} onChoose={onChoose} />
          </div>
        )
      }
    </Loaded>
  );
}

function Pick({ run, chosen, onChoose }: { run: RunSummary; chosen: boolean; onChoose: () => void }) {
  return (
    <li>
      <button type="button" className="pick" aria-pressed={chosen} onClick={onChoose}>
        <span className="row">
          <strong className="grow cut">{run.at.join(", ")}</strong>
          <span className="dim">
            <Ago at={run.updated_at} />
          </span>
        </span>
        <span className="row wrap dim">
          <span>{run.workflow}</span>
          {Object.entries(run.fields).map(([name, value]) => (
            <span key={name} className="tag" title={name}>
              {String(value)}
            </span>
          ))}
        </span>
      </button>
    </li>
  );
}

/** What led there, and the answer. While that is given the run stays chosen, whatever others do to it meanwhile. */
function Chosen({ run, onChoose }: { run: string; onChoose: (run: string) => void }) {
  const query = useQuery({
    queryKey: ["run", run],
    queryFn: () => got(api.GET("/v1/runs/{run}", { params: { path: { run } } })),
  });
  const [answering, answer] = useState<SignalWait>();
  return (
    <Panel
      title={
        <>
          Run <span className="mono">{shortId(run)}</span>
        </>
      }
      actions={
        <Link className="button" href={`/runs/${run}`}>
          Open the run
        </Link>
      }
    >
      <Loaded query={query}>
        {(shown) => {
          const waits = shown.waiting_for.filter((each) => each.kind === "signal") as SignalWait[];
          return (
            <div className="stack">
              {waits.length === 0 && <p>It waits for no signal any more: it is {shown.status}.</p>}
              {waits.map((wait) => (
                <div className="row wrap" key={`${wait.path} ${wait.signal}`}>
                  <span className="grow">
                    <strong>{wait.path}</strong> waits for <code>{wait.signal}</code>
                    {wait.until && (
                      <span className="dim">
                        {" "}
                        · its time is up <Ago at={wait.until} />
                      </span>
                    )}
                  </span>
                  <Button
                    kind="primary"
                    onClick={() => {
                      onChoose(run);
                      answer(wait);
                    }}
                  >
                    Answer
                  </Button>
                </div>
              ))}
              <Decisions decisions={shown.decisions} />
              <details open>
                <summary>Input</summary>
                <Json value={shown.input} label="Input" />
              </details>
              {answering && <Answer run={run} waits={[answering]} onSent={() => onChoose("")} onClose={() => answer(undefined)} />}
            </div>
          );
        }}
      </Loaded>
    </Panel>
  );
}

/** The decisions so far: they led to where the run stands. */
function Decisions({ decisions }: { decisions: Schema<"Run">["decisions"] }) {
  if (decisions.length === 0) return null;
  return (
    <ul className="decisions">
      {decisions.map((each) => (
        <li key={each.key}>
          <div>
            <strong>{each.decision}</strong> <code>{JSON.stringify(each.result)}</code>
          </div>
          {each.matched?.map((rule) => (
            <div key={`${rule.file}:${rule.line}`} className="dim">
              {rule.rule} <FileLink file={rule.file} line={rule.line} />
              {rule.because && ` – ${rule.because}`}
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}
