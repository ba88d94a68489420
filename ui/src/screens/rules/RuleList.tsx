import { useState } from "react";
import { Badge } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { FileLink } from "@/parts/FileLink";
import { fullMoment } from "@/parts/format";
import type { ReplacedRule, WrittenRule } from "@/parts/rules/shapes";
import { Outcome } from "@/parts/rules/Written";
import { Empty } from "@/parts/States";

interface Props {
  rules: readonly WrittenRule[];
  /** The default. */
  last: WrittenRule | null;
  hit: string;
}

const STEP = 200; // rules that are drawn at a time: a table may hold ten thousand

/** The rules of a stack as they are asked, those of one layer together. */
export function RuleList({ rules, last, hit }: Props) {
  const [most, setMost] = useState(STEP);
  if (rules.length === 0 && !last) return <Empty title="No rule is in force in this stack" />;
  return (
    <ol className="rule-list">
      {rules.slice(0, most).map((rule, index) => (
        <li key={`${rule.layer} ${rule.rule}`}>
          <RuleCard rule={rule} number={String(index + 1)} />
        </li>
      ))}
      {rules.length > most && (
        <li className="more">
          <Button icon="down" onClick={() => setMost(most + STEP)}>
            Show {Math.min(STEP, rules.length - most)} more of {rules.length}
          </Button>
        </li>
      )}
      {last && (
        <li>
          <RuleCard rule={last} number={hit === "first" ? "else" : "none"} />
        </li>
      )}
    </ol>
  );
}

/** Rules that a later layer overrode or disabled, struck, with what did it. */
export function ReplacedRules({ rules }: { rules: readonly ReplacedRule[] }) {
  return (
    <ul className="rule-list">
      {rules.map((rule) => (
        <li key={`${rule.layer} ${rule.rule}`} data-gone>
          <RuleCard rule={rule} number="–" gone />
          <p className="by">
            {rule.by.how} by <span className="tag">{rule.by.layer}</span>{" "}
            <FileLink file={rule.by.file} line={rule.by.line} />
          </p>
        </li>
      ))}
    </ul>
  );
}

function RuleCard({ rule, number, gone = false }: { rule: WrittenRule; number: string; gone?: boolean }) {
  const name = gone ? <del>{rule.rule}</del> : rule.rule;
  return (
    <article className="rule-card" aria-label={rule.rule}>
      <span className="number dim">{number}</span>
      <div className="what">
        <h3>
          <code>{name}</code>
        </h3>
        {rule.because && <p className="dim">{rule.because}</p>}
        <Marks rule={rule} />
      </div>
      <div className="when">
        {rule.rule === "default" ? (
          <span className="dim">where no rule answers</span>
        ) : rule.when.length === 0 ? (
          <span className="dim">always</span>
        ) : (
          <ul>
            {rule.when.map((test) => (
              <li key={test}>
                <code>{test}</code>
              </li>
            ))}
          </ul>
        )}
      </div>
      <Outcome then={rule.then} />
      <div className="where">
        <span className="tag">{rule.layer}</span>
        <FileLink file={rule.file} line={rule.line} />
      </div>
    </article>
  );
}

function Marks({ rule }: { rule: WrittenRule }) {
  return (
    <div className="row wrap tight">
      {rule.final && (
        <Badge tone="wait" shape="square" title="No layer may override it; it is asked first">
          final
        </Badge>
      )}
      {(rule.from || rule.until) && (
        <Badge tone="busy" shape="half">
          {rule.from && `from ${fullMoment(rule.from).replace(/\.000/, "")}`} {rule.until && `until ${fullMoment(rule.until).replace(/\.000/, "")}`}
        </Badge>
      )}
      {rule.rollout && (
        <Badge tone="busy" shape="half">
          {rule.rollout.percent} % by {rule.rollout.by}
        </Badge>
      )}
    </div>
  );
}
