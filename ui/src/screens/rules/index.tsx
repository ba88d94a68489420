import { useSearchPairs } from "@/app/search";
import { useShortcuts } from "@/app/shortcuts";
import { useRulesetStatus } from "@/parts/rules/queries";
import { Page } from "@/parts/Page";
import { Loaded } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { useState } from "react";
import { Button } from "@/parts/Button";
import { Files } from "./Files";
import { LayerStack } from "./LayerStack";
import { useFilePlace } from "./place";
import { Reload } from "./orders";
import { Status } from "./Status";
import { Versions } from "./Versions";
import "./rules.css";

const TABS = [
  { name: "decisions", title: "Decisions" },
  { name: "versions", title: "Versions" },
  { name: "files", title: "Files" },
] as const;
type Tab = (typeof TABS)[number]["name"];

/** The rules: what is active and what is wrong, what decides for whom, versions, and the files. */
export default function Rules() {
  const status = useRulesetStatus();
  const [pairs, change] = useSearchPairs();
  const [place, go] = useFilePlace();
  const [reloading, setReloading] = useState(false);
  const chosen = TABS.find(({ name }) => name === pairs.get("tab"))?.name ?? "decisions";
  const tab: Tab = place ? "files" : chosen;
  const choose = (name: Tab): void => {
    const next = new URLSearchParams(pairs);
    if (name === "decisions") next.delete("tab");
    else next.set("tab", name);
    change(next, false); // the hash goes with it
  };
  useShortcuts(TABS.map(({ name, title }, index) => ({ keys: String(index + 1), does: title, run: () => choose(name) })));
  return (
    <Page
      title="Rules"
      actions={
        <Button icon="retry" onClick={() => setReloading(true)} disabled={!status.data}>
          {status.data?.pinned ? "Unpin and reload" : "Reload"}
        </Button>
      }
    >
      <div className="stack rules-screen">
        <Loaded query={status}>{(found) => <Status status={found} onReload={() => setReloading(true)} />}</Loaded>
        <Tabs label="Rules" tabs={TABS} current={tab} onChoose={choose} />
        <div role="tabpanel" aria-label={TABS.find(({ name }) => name === tab)?.title ?? ""}>
          {tab === "decisions" && <LayerStack pairs={pairs} onPairs={change} />}
          {tab === "versions" && <Versions pairs={pairs} onPairs={change} />}
          {tab === "files" && <Files place={place} onPlace={go} />}
        </div>
      </div>
      {reloading && status.data && <Reload status={status.data} onClose={() => setReloading(false)} />}
    </Page>
  );
}
