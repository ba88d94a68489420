import { useState } from "react";
import { Badge } from "@/parts/Badge";
import { FileLink } from "@/parts/FileLink";
import { Panel } from "@/parts/Page";
import { shown } from "./Answer";
import type { Account, DecisionReply, Flip } from "./shapes";
import { isFacts } from "./values";

/** The smallest changes of one fact that change the answer; each can be tried. */
export function Flips({ flips, onFact }: { flips: readonly Flip[]; onFact: (path: string, value: unknown) => void }) {
  if (flips.length === 0) return null;
  return (
    <Panel title="It would be otherwise if …" flush>
      <ul className="flips">
        {flips.map((flip, index) => (
          <li key={index}>
            <button type="button" onClick={() => onFact(flip.fact, flip.to)} title="Change the fact in the form, and decide again">
              <code>{flip.test ?? `${flip.fact} is ${flip.to === null ? "absent" : shown(flip.to)}`}</code>
              <span className="dim">
                {" "}
                {flip.from === null ? "absent" : shown(flip.from)} → {flip.to === null ? "absent" : shown(flip.to)}
              </span>
            </button>
            <span className="then">
              {inWords(flip.result)}
              <span className="dim"> by {flip.matched.map(({ rule }) => rule).join(", ") || "no rule"}</span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function inWords(result: unknown): string {
  if (!isFacts(result)) return shown(result);
  return Object.entries(result)
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join(", ");
}

const MOST = 100;

/** What became of each rule of the stack. */
export function RulesAccount({ reply }: { reply: DecisionReply }) {
  const rules = reply.explanation?.rules ?? [];
  const [all, setAll] = useState(false);
  const winners = new Set(reply.matched.map(({ rule, layer }) => `${layer} ${rule}`));
  const visible = all ? rules : rules.slice(0, MOST);
  return (
    <Panel title={`Every rule, in the order asked (${rules.length})`} flush>
      <ol className="accounts">
        {visible.map((each) => (
          <li key={`${each.layer} ${each.rule}`} data-won={winners.has(`${each.layer} ${each.rule}`) || undefined}>
            <Outcome account={each} won={winners.has(`${each.layer} ${each.rule}`)} />
            <code className="name">{each.rule}</code>
            <Why account={each} />
            <span className="where">
              <FileLink file={each.file} line={each.line} digest={reply.digest} />
            </span>
          </li>
        ))}
      </ol>
      {visible.length < rules.length && (
        <p className="inside">
          <button type="button" className="as-link" onClick={() => setAll(true)}>
            Show all {rules.length}
          </button>
        </p>
      )}
    </Panel>
  );
}

function Outcome({ account, won }: { account: Account; won: boolean }) {
  if (won) {
    return (
      <Badge tone="good" shape="check">
        answers
      </Badge>
    );
  }
  if (account.fired) {
    return (
      <Badge tone="busy" shape="half" title="Its tests hold, but a rule before it answers">
        overruled
      </Badge>
    );
  }
  return (
    <Badge tone={account.failed?.error ? "bad" : "still"} shape={account.failed?.error ? "bang" : "cross"}>
      {account.failed?.error ? "error" : "no"}
    </Badge>
  );
}

function Why({ account }: { account: Account }) {
  const failed = account.failed;
  if (!failed) return <span className="dim">all tests hold</span>;
  return (
    <span className="why">
      <code>{failed.test}</code>
      <span className="dim"> saw </span>
      <code className="saw">{failed.value === null ? "absent" : shown(failed.value)}</code>
      {failed.error && <span className="fault"> {failed.error}</span>}
    </span>
  );
}
