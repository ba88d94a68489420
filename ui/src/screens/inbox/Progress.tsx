// How far an order for many runs is.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, call, got, newKey } from "@/api/client";
import { Button } from "@/parts/Button";
import { whole } from "@/parts/format";
import { Loaded } from "@/parts/States";
import { Ago } from "@/parts/Time";
import { toastProblem } from "@/parts/toast";

const EVERY = 1_000; // milliseconds

export function Progress({ bulk, onGone }: { bulk: string; onGone: () => void }) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ["runs", "bulk", bulk],
    queryFn: () => got(api.GET("/v1/runs/bulk/{bulk}", { params: { path: { bulk } } })),
    refetchInterval: ({ state }) => (state.data?.running === false ? false : EVERY),
  });
  const stop = (): void => {
    const headers = { "Idempotency-Key": newKey() };
    call(`/v1/runs/bulk/${bulk}/cancel`, { method: "POST", body: {}, headers })
      .then(() => queries.invalidateQueries({ queryKey: ["runs", "bulk", bulk] }))
      .catch(toastProblem);
  };
  return (
    <section className="panel progress" aria-label="Progress">
      <Loaded query={query}>
        {(shown) => (
          <>
            <div className="row wrap">
              <strong className="grow">
                {shown.action}: {whole(shown.done)} of {whole(shown.count)} runs
                {shown.failed > 0 && `, ${whole(shown.failed)} refused`}
                {!shown.running && (shown.cancelled ? ", stopped" : ", done")}
              </strong>
              {shown.running && shown.expected_end && (
                <span className="dim">
                  done <Ago at={shown.expected_end} />
                </span>
              )}
              {shown.running ? <Button onClick={stop}>Stop</Button> : <Button onClick={onGone}>Close</Button>}
            </div>
            <div
              className="bar"
              role="progressbar"
              aria-label="Runs done"
              aria-valuemin={0}
              aria-valuemax={shown.count}
              aria-valuenow={shown.done}
            >
              <i style={{ width: `${shown.count === 0 ? 100 : (100 * shown.done) / shown.count}%` }} />
            </div>
            {shown.problems.map((problem) => (
              <p key={problem.run} className="dim">
                <code>{problem.run}</code> {problem.message}
              </p>
            ))}
          </>
        )}
      </Loaded>
    </section>
  );
}
