// What is parked: by the resource that it waits for, with when it will be through; and the runs, oldest first.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, got } from "@/api/client";
import { Badge } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { figure, shortId, whole } from "@/parts/format";
import { Panel } from "@/parts/Page";
import { Empty, Loaded } from "@/parts/States";
import { Ago, Lasting } from "@/parts/Time";

const PAGE = 50;

export function Parked() {
  return (
    <div className="stack">
      <ByResource />
      <List />
    </div>
  );
}

function ByResource() {
  const query = useQuery({
    queryKey: ["resources"],
    queryFn: () => got(api.GET("/v1/resources")),
    refetchInterval: 5_000,
  });
  return (
    <Loaded query={query}>
      {({ resources }) => (
        <ul className="stack">
          {resources
            .filter((each) => each.parked > 0 || each.state !== "closed")
            .map((each) => (
              <li className="panel incident" key={each.name}>
                <div className="row wrap">
                  <Badge tone={each.state === "closed" ? "warn" : "bad"} shape={each.state === "closed" ? "half" : "square"}>
                    {each.state === "closed" ? "draining" : each.forced ? "open (forced)" : each.state}
                  </Badge>
                  <strong className="grow">
                    {each.name}: {whole(each.parked)} parked
                  </strong>
                  <Link className="button" href="/health">
                    Look at its health
                  </Link>
                </div>
                <p className="dim">
                  {each.oldest_parked && (
                    <>
                      The first has rested for <Lasting from={each.oldest_parked} to={null} />.{" "}
                    </>
                  )}
                  {each.drain_rate > 0 && `${figure(each.drain_rate)} a second go on. `}
                  {each.expected_end ? (
                    <>
                      All will be through <Ago at={each.expected_end} />.
                    </>
                  ) : (
                    each.parked > 0 && "They go on by themselves, oldest first, once it is well again."
                  )}
                </p>
                {each.problem && <p className="message">{each.problem.message}</p>}
              </li>
            ))}
        </ul>
      )}
    </Loaded>
  );
}

function List() {
  const list = useInfiniteQuery({
    queryKey: ["inbox", "parked"],
    queryFn: ({ pageParam }) =>
      got(
        api.GET("/v1/runs", {
          params: {
            query: { status: ["parked"], sort: "oldest", limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const runs = list.data?.pages.flatMap((page) => page.runs) ?? [];
  return (
    <Loaded query={list}>
      {() =>
        runs.length === 0 ? (
          <Empty title="Nothing is parked">
            <p>When a service fails, its orders rest here, and go on by themselves once it is well.</p>
          </Empty>
        ) : (
          <Panel title="Parked runs, oldest first" flush>
            <div className="scroll" tabIndex={0} role="region" aria-label="Parked runs">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Run</th>
                    <th scope="col">At</th>
                    <th scope="col">Parked</th>
                    <th scope="col">Fields</th>
                  </tr>
                </thead>
                <tbody>
                  {runs.map((run) => (
                    <tr key={run.id}>
                      <td>
                        <Link className="mono" href={`/runs/${run.id}`} title={run.id}>
                          {shortId(run.id)}
                        </Link>{" "}
                        <span className="dim">{run.workflow}</span>
                      </td>
                      <td>{run.at.join(", ")}</td>
                      <td>
                        <Ago at={run.updated_at} />
                      </td>
                      <td>
                        <div className="row wrap tight">
                          {Object.entries(run.fields).map(([name, value]) => (
                            <span key={name} className="tag" title={name}>
                              {String(value)}
                            </span>
                          ))}
                        </div>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {list.hasNextPage && (
              <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Show more
              </Button>
            )}
          </Panel>
        )
      }
    </Loaded>
  );
}
