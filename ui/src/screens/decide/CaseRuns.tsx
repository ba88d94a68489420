import { useState } from "react";
import { shownProblem } from "@/api/problem";
import { Badge } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { FileLink } from "@/parts/FileLink";
import { shown } from "./Answer";
import { decide, useCases } from "./queries";
import type { Case, DecisionReply } from "./shapes";
import { type Facts, isFacts, same } from "./values";

interface Props {
  decision: string;
  against: string;
  onFill: (facts: Facts, at: string) => void;
}

/** An answer, or why there was none. */
type Outcome = { reply: DecisionReply } | { problem: string };

interface Compared {
  of: Case;
  now: Outcome;
  other: Outcome;
  differs: boolean;
}

const ABREAST = 6;

/** All cases of the decision by both rulesets: which answers change. */
export function CaseRuns({ decision, against, onFill }: Props) {
  const cases = useCases(decision);
  const [done, setDone] = useState<Compared[] | null>(null);
  const [busy, setBusy] = useState(false);
  if (!cases.data?.length) return null;
  const all = cases.data;
  const run = async (): Promise<void> => {
    setBusy(true);
    setDone(await compareAll(decision, against, all));
    setBusy(false);
  };
  const changed = done?.filter((each) => each.differs) ?? [];
  return (
    <section className="stack" aria-label="Cases by both">
      <div className="row wrap">
        <Button icon="play" busy={busy} onClick={() => void run()}>
          Run the {all.length} cases by both
        </Button>
        {done && (
          <span role="status">
            <Badge tone={changed.length === 0 ? "good" : "warn"} shape={changed.length === 0 ? "check" : "bang"}>
              {changed.length === 0 ? `none of ${done.length} answers changes` : `${changed.length} of ${done.length} answers change`}
            </Badge>
          </span>
        )}
      </div>
      {changed.length > 0 && (
        <ul className="case-runs">
          {changed.map(({ of, now, other }) => (
            <li key={`${of.file}:${of.line}`}>
              <div className="row wrap">
                <button
                  type="button"
                  className="as-link"
                  onClick={() => isFacts(of.facts) && onFill(of.facts, of.at ?? "")}
                >
                  {of.case}
                </button>
                <FileLink file={of.file} line={of.line} />
              </div>
              <del>{told(now)}</del>
              <ins>{told(other)}</ins>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

async function compareAll(decision: string, against: string, cases: readonly Case[]): Promise<Compared[]> {
  const found: Compared[] = [];
  for (let at = 0; at < cases.length; at += ABREAST) {
    found.push(...(await Promise.all(cases.slice(at, at + ABREAST).map((each) => compare(decision, against, each)))));
  }
  return found;
}

async function compare(decision: string, against: string, of: Case): Promise<Compared> {
  const question = { decision, facts: of.facts, at: of.at ?? new Date().toISOString() };
  const outcome = (ruleset: string): Promise<Outcome> =>
    decide(question, ruleset, "matched").then(
      (reply) => ({ reply }),
      (error: unknown) => ({ problem: shownProblem(error).detail || shownProblem(error).title }),
    );
  const [now, other] = await Promise.all([outcome(""), outcome(against)]);
  const alike =
    "reply" in now && "reply" in other
      ? same(now.reply.result, other.reply.result)
      : "problem" in now && "problem" in other && now.problem === other.problem;
  return { of, now, other, differs: !alike };
}

function told(outcome: Outcome): string {
  if ("problem" in outcome) return outcome.problem;
  const { result, matched } = outcome.reply;
  const rules = matched.map(({ rule }) => rule).join(", ") || "no rule";
  const text = isFacts(result)
    ? Object.entries(result)
        .map(([name, value]) => `${name} ${shown(value)}`)
        .join(", ")
    : shown(result);
  return `${text} by ${rules}`;
}
