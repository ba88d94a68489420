import type { UseQueryResult } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { FileLink } from "@/parts/FileLink";
import { Panel } from "@/parts/Page";
import { ProblemView } from "@/parts/Problem";
import { Refusal } from "@/api/problem";
import { Badge } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { shortDigest } from "@/parts/format";
import { Empty, Skeleton } from "@/parts/States";
import { Answer, shown } from "./Answer";
import { Flips, RulesAccount } from "./Explanation";
import type { DecisionReply, Question, RunsDecision } from "./shapes";
import { type Facts, same } from "./values";

const WhatIf = lazy(() => import("./WhatIf"));

interface Props {
  decision: string;
  question: Question | null;
  now: UseQueryResult<DecisionReply>;
  other: UseQueryResult<DecisionReply>;
  against: string;
  ofRun: RunsDecision | null;
  onAgainst: (against: string) => void;
  onFact: (path: string, value: unknown) => void;
  onFill: (facts: Facts, at: string) => void;
}

/** The answer with its reasons, beside that of another ruleset where one is chosen. */
export function Results(props: Props) {
  const { question, now, other, against, ofRun, onAgainst, onFact } = props;
  const compares = against !== "" && against !== "edits";
  return (
    <div className="stack">
      {question === null ? (
        <Panel title="Answer">
          <Empty title="Nothing asked yet">
            <p>Fill in the facts, or take those of a case, and decide. The answer tells which rule gave it, and why.</p>
          </Empty>
        </Panel>
      ) : (
        <div className={compares ? "answers two" : "answers"}>
          <Side title="Answer" query={now} {...(compares ? { beside: other.data } : {})} mark="active" />
          {compares && <Side title="What if" query={other} beside={now.data} mark={shortDigest(against)} />}
        </div>
      )}
      {compares && now.data && other.data && !now.error && !other.error && (
        <Verdict now={now.data} other={other.data} />
      )}
      {ofRun && now.data && !same(ofRun.result, now.data.result) && <UnlikeRun ofRun={ofRun} />}
      {against === "" ? (
        <div>
          <Button icon="edit" onClick={() => onAgainst("edits")}>
            What if the rules were others?
          </Button>
        </div>
      ) : (
        <Suspense fallback={<Skeleton lines={6} />}>
          <WhatIf {...props} answer={now.data ?? null} />
        </Suspense>
      )}
      {question !== null && now.data?.explanation && !now.error && (
        <>
          <Flips flips={now.data.explanation.flips} onFact={onFact} />
          <RulesAccount reply={now.data} />
        </>
      )}
    </div>
  );
}

interface SideProps {
  title: string;
  mark: string;
  query: UseQueryResult<DecisionReply>;
  /** The other answer: what differs from it is marked. */
  beside?: DecisionReply | undefined;
}

function Side({ title, mark, query, beside }: SideProps) {
  return (
    <Panel title={title} actions={<span className="tag mono">{mark}</span>}>
      <div aria-busy={query.isFetching} aria-live="polite">
        {query.error ? (
          <Failed error={query.error} />
        ) : query.data ? (
          <Answer reply={query.data} beside={beside} />
        ) : (
          <Skeleton lines={5} />
        )}
      </div>
    </Panel>
  );
}

/** Why it was not decided; a rule that failed with its place. */
function Failed({ error }: { error: unknown }) {
  const problem = error instanceof Refusal ? error.problem : null;
  const { file, line, rule }: Record<string, unknown> = problem ?? {};
  return (
    <div className="stack">
      <ProblemView error={error} />
      {typeof file === "string" && typeof line === "number" && (
        <p>
          Rule <code>{String(rule)}</code> at <FileLink file={file} line={line} />
        </p>
      )}
    </div>
  );
}

function Verdict({ now, other }: { now: DecisionReply; other: DecisionReply }) {
  const alike = same(now.result, other.result);
  const rules = (reply: DecisionReply): string => reply.matched.map(({ rule, layer }) => `${layer}/${rule}`).join(", ");
  const sameRules = rules(now) === rules(other);
  return (
    <p role="status">
      <Badge tone={alike ? "good" : "warn"} shape={alike ? "check" : "bang"}>
        {alike ? "same answer" : "another answer"}
      </Badge>{" "}
      {alike && !sameRules && "by another rule"}
    </p>
  );
}

function UnlikeRun({ ofRun }: { ofRun: RunsDecision }) {
  return (
    <div className="problem" data-tone="warn">
      <h3>The run got another answer</h3>
      <p>
        {ofRun.problem ? (
          `It got none: ${ofRun.problem.message}. `
        ) : (
          <>
            It was <code>{shown(ofRun.result)}</code>, by the rules <code>{shortDigest(ofRun.digest ?? "")}</code>.{" "}
          </>
        )}
        The rules have changed since, or facts or time are not those of the run any more.
      </p>
    </div>
  );
}
