import { Link } from "wouter";
import { Badge } from "@/parts/Badge";
import { FileLink } from "@/parts/FileLink";
import { Icon } from "@/parts/Icon";
import type { Entry, Match, Run } from "../shapes";
import { JsonTree } from "./JsonTree";
import { decideLink, rulesLink } from "./places";
import { StepProblemView } from "./StepProblemView";

/** A decision: what came of it, which rules gave it, and from which layer they are. */
export function DecisionView({ run, entry }: { run: Run; entry: Entry }) {
  const matched = entry.matched ?? [];
  return (
    <div className="stack run-decision" data-decision={entry.decision}>
      {entry.problem && <StepProblemView problem={entry.problem} />}
      {matched.length > 0 && (
        <section className="stack tight">
          <h3>{matched.length === 1 ? "The rule that decided" : "The rules that decided"}</h3>
          {matched.map((match) => (
            <Rule key={`${match.layer} ${match.rule}`} match={match} digest={entry.digest ?? run.digest} />
          ))}
        </section>
      )}
      <Layers layers={entry.layers ?? []} matched={matched} />
      {entry.set_facts && entry.set_facts.length > 0 && <JsonTree label="Facts set by patterns" value={entry.set_facts} />}
      {entry.result !== undefined && <JsonTree label="Result" value={entry.result} />}
      <div className="row wrap">
        <Link className="button" href={decideLink(run, entry)}>
          <Icon name="decide" size={14} /> Open in Decide
        </Link>
        <Link className="button" href={rulesLink(run, entry)}>
          <Icon name="rules" size={14} /> Show these rules
        </Link>
      </div>
    </div>
  );
}

function Rule({ match, digest }: { match: Match; digest: string }) {
  return (
    <div className="rule">
      <div className="row wrap">
        <strong>{match.rule}</strong>
        <FileLink file={match.file} line={match.line} digest={digest} />
      </div>
      {match.because && <p>{match.because}</p>}
      {!match.because && match.rule === "default" && <p className="dim">No rule fitted, so the default answered.</p>}
    </div>
  );
}

/** The stack in its order: the general layer first, later ones win. Those that gave a rule are marked. */
function Layers({ layers, matched }: { layers: readonly string[]; matched: readonly Match[] }) {
  if (layers.length === 0) return null;
  const winners = new Map(matched.map((match) => [match.layer, match.rule]));
  return (
    <section className="stack tight">
      <h3>Layers, the most special on top</h3>
      <ol className="layers">
        {[...layers].reverse().map((layer) => (
          <li key={layer} data-won={winners.has(layer) || undefined}>
            <span className="mono">{layer}</span>
            {winners.has(layer) && (
              <Badge tone="good" shape="check">
                {winners.get(layer)} won
              </Badge>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
