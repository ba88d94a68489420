import { useEffect, useMemo } from "react";
import { Link } from "wouter";
import { useSearchPairs, useSearchState } from "@/app/search";
import { Page } from "@/parts/Page";
import { useDecisions } from "@/parts/rules/queries";
import type { DecisionSummary } from "@/parts/rules/shapes";
import { Empty, Loaded, Skeleton } from "@/parts/States";
import { Copy } from "@/parts/Copy";
import { useRunsDecision } from "./queries";
import { SEARCH } from "./search";
import type { RunsDecision } from "./shapes";
import { Workbench } from "./Workbench";
import { read } from "./useFacts";
import { type Facts, isFacts, withFact } from "./values";
import "@/parts/rules/rules.css";
import "./decide.css";

/** Ask a decision, see why, and try what other rules would answer. */
export default function Decide() {
  const decisions = useDecisions();
  const [search] = useSearchState(SEARCH);
  const run = useRunsDecision(search.run, search.key, search.entry);
  const share = <Copy text={window.location.href} what="address with these facts" />;
  return (
    <Page title="Decide" beside={search.facts ? share : undefined}>
      <Loaded query={decisions} skeleton={<Skeleton lines={10} />}>
        {({ decisions: all }) => {
          if (all.length === 0) {
            return (
              <Empty title="No decisions yet">
                <p>A decision is a YAML file in the first layer's folder.</p>
              </Empty>
            );
          }
          if (search.run === "") return <Begin all={all} ofRun={null} />;
          return (
            <Loaded query={run} skeleton={<Skeleton lines={10} />}>
              {(found) =>
                found === null ? (
                  <NoDecision run={search.run} sought={search.key} />
                ) : (
                  <Begin key={`${search.run} ${search.key} ${search.entry}`} all={all} ofRun={found} />
                )
              }
            </Loaded>
          );
        }}
      </Loaded>
    </Page>
  );
}

function NoDecision({ run, sought }: { run: string; sought: string }) {
  return (
    <Empty title="The run has not decided this">
      <p>
        It has no decision of the key <code>{sought}</code>.
      </p>
      <Link className="button" href={`/runs/${encodeURIComponent(run)}`}>
        Show the run
      </Link>
    </Empty>
  );
}

/** Chooses what to begin with: facts of the address, of a run, or those that choose a layer stack. */
function Begin({ all, ofRun }: { all: DecisionSummary[]; ofRun: RunsDecision | null }) {
  const [search, change] = useSearchState(SEARCH);
  const [pairs] = useSearchPairs();
  const name = search.decision || ofRun?.decision || "";
  const chosen = all.find((each) => each.decision === name) ?? all[0];
  const first = useMemo((): Facts => {
    const given = search.facts === "" ? null : read(search.facts);
    if (given) return given;
    if (ofRun && isFacts(ofRun.facts)) return ofRun.facts;
    const dimensions = (chosen?.dimensions ?? []).flatMap(({ fact }) => {
      const value = pairs.get(fact);
      return value ? [[fact, value] as const] : [];
    });
    return dimensions.reduce<Facts>((facts, [path, value]) => withFact(facts, path, value), {});
  }, []); // only what the screen begins with: later changes come from the form
  useEffect(() => {
    if (ofRun && search.facts === "") change({ decision: name, at: search.at || ofRun.at });
  }, [ofRun]);
  if (!chosen) return null;
  const own = ofRun?.decision === chosen.decision ? ofRun : null;
  const asks = search.facts !== "" || own !== null;
  const at = search.at || (search.facts === "" ? (own?.at ?? "") : "");
  return <Workbench all={all} decision={chosen} first={first} at={at} asks={asks} ofRun={own} />;
}
