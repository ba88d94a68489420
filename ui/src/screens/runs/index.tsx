import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, got } from "@/api/client";
import { StatusBadge } from "@/parts/Badge";
import { Page } from "@/parts/Page";
import { Loaded } from "@/parts/States";

export default function Runs() {
  const list = useQuery({ queryKey: ["runs", "list"], queryFn: () => got(api.GET("/v1/runs")) });
  return (
    <Page title="Runs">
      <Loaded query={list}>
        {({ runs }) => (
          <ul>
            {runs.map((run) => (
              <li key={run.id}>
                <Link href={`/runs/${run.id}`}>{run.id}</Link> <StatusBadge status={run.status} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Page>
  );
}
