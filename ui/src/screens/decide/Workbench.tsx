import { useRef, useState } from "react";
import { useSearchState } from "@/app/search";
import { useShortcuts } from "@/app/shortcuts";
import { Refusal } from "@/api/problem";
import type { DecisionSummary } from "@/parts/rules/shapes";
import { useAnswer } from "./queries";
import { Questions } from "./Questions";
import { Results } from "./Results";
import { SEARCH } from "./search";
import type { Question, RunsDecision } from "./shapes";
import { useFacts } from "./useFacts";
import { type Facts, withFact } from "./values";

interface Props {
  all: DecisionSummary[];
  decision: DecisionSummary;
  first: Facts;
  /** The time to begin with. */
  at: string;
  /** Ask at once, since the address holds a whole question. */
  asks: boolean;
  ofRun: RunsDecision | null;
}

const LONGEST = 12_000; // characters of facts that the address takes
const NARROW = 980; // pixels, below which the answer stands under the question

/** The question on one side, the answers on the other. */
export function Workbench({ all, decision, first, at, asks, ofRun }: Props) {
  const [search, change] = useSearchState(SEARCH);
  const [state, actions] = useFacts(first);
  const name = decision.decision;
  const [asked, setAsked] = useState<Question | null>(
    asks ? { decision: name, facts: first, at } : null,
  );
  const question = asked?.decision === name ? asked : null;
  const against = search.against === "edits" ? "" : search.against;
  const results = useRef<HTMLDivElement>(null);
  const now = useAnswer(question, "");
  const other = useAnswer(against === "" ? null : question, against);
  const ask = (facts: Facts, at = search.at): void => {
    const text = JSON.stringify(facts);
    setAsked({ decision: name, facts, at });
    change({ decision: name, facts: text.length > LONGEST ? "" : text, at });
    const above = (results.current?.getBoundingClientRect().top ?? 0) < 0;
    if (above || window.innerWidth < NARROW) results.current?.scrollIntoView();
    const same = JSON.stringify({ decision: name, facts, at }) === JSON.stringify(question);
    if (same) void Promise.all([now.refetch(), against && other.refetch()]);
  };
  const fill = (facts: Facts, at: string): void => {
    actions.fill(facts);
    ask(facts, at);
  };
  const askAgain = (): void => {
    if (!state.broken) ask(state.facts);
  };
  useShortcuts([{ keys: "d", does: "Decide", run: askAgain }]);
  const refused = now.error instanceof Refusal ? now.error : null;
  return (
    <div className="decide">
      <Questions
        all={all}
        decision={decision}
        state={state}
        actions={actions}
        faults={refused?.problem.errors ?? []}
        busy={now.isFetching}
        ofRun={ofRun}
        onAsk={askAgain}
        onFill={fill}
      />
      <div ref={results}>
        <Results
          question={question}
          now={now}
          other={other}
          against={search.against}
          ofRun={ofRun}
          onAgainst={(against) => change({ against })}
          onFact={(path, value) => fill(withFact(state.facts, path, value), search.at)}
          onFill={fill}
          decision={name}
        />
      </div>
    </div>
  );
}
