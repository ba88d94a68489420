// The inbox: what waits for a person. Approvals, incidents, and what is parked.
import { oneOf, text, useSearchState } from "@/app/search";
import { useLive } from "@/live/live";
import { whole } from "@/parts/format";
import { Page } from "@/parts/Page";
import { Tabs } from "@/parts/Tabs";
import { Approvals } from "./Approvals";
import { Incidents } from "./Incidents";
import { Parked } from "./Parked";
import "./inbox.css";

const SEARCH = { tab: oneOf(["approvals", "incidents", "parked"]), run: text };

export default function Inbox() {
  const [search, change] = useSearchState(SEARCH);
  const { counts } = useLive();
  const title = (name: string, status: string) => (
    <>
      {name}
      {counts !== null && (counts[status] ?? 0) > 0 && <span className="tag">{whole(counts[status] ?? 0)}</span>}
    </>
  );
  return (
    <Page title="Inbox">
      <div className="stack inbox">
        <Tabs
          label="What waits"
          tabs={[
            { name: "approvals", title: title("Approvals", "waiting") },
            { name: "incidents", title: title("Incidents", "incident") },
            { name: "parked", title: title("Parked", "parked") },
          ]}
          current={search.tab}
          onChoose={(tab) => change({ tab, run: "" })}
        />
        <div role="tabpanel" aria-label={search.tab}>
          {search.tab === "approvals" && <Approvals chosen={search.run} onChoose={(run) => change({ run })} />}
          {search.tab === "incidents" && <Incidents />}
          {search.tab === "parked" && <Parked />}
        </div>
      </div>
    </Page>
  );
}
