import { Copy } from "@/parts/Copy";
import { numberText } from "@/parts/exact";
import { FileLink } from "@/parts/FileLink";
import { fullMoment, shortDigest } from "@/parts/format";
import type { DecisionReply, Match } from "./shapes";
import { isFacts, same } from "./values";

/** What was decided, by which rules of which layers. What differs from `beside` is marked. */
export function Answer({ reply, beside }: { reply: DecisionReply; beside?: DecisionReply | undefined }) {
  return (
    <div className="stack">
      <Result value={reply.result} beside={beside?.result} compared={beside !== undefined} />
      <Matched matched={reply.matched} digest={reply.digest} />
      <p className="layers">
        {reply.layers.map((layer, index) => (
          <span key={layer}>
            {index > 0 && <span className="dim"> → </span>}
            <span className="tag">{layer}</span>
          </span>
        ))}
      </p>
      {reply.set_facts && reply.set_facts.length > 0 && (
        <p className="dim">
          With facts that patterns have set:{" "}
          {reply.set_facts.map((each) => (
            <code key={each.fact}>
              {each.fact} = {shown(each.value)} ({each.pattern}){" "}
            </code>
          ))}
        </p>
      )}
      <p className="dim small">
        For <time dateTime={reply.at}>{fullMoment(reply.at)}</time> · rules <code>{shortDigest(reply.digest)}</code> · id{" "}
        <code>{reply.id.slice(0, 8)}…</code> <Copy text={reply.id} what="id" />
      </p>
    </div>
  );
}

/** A value as it is written in JSON, texts without quotes. */
export function shown(value: unknown): string {
  return numberText(value) ?? (typeof value === "string" ? value : (JSON.stringify(value) ?? "absent"));
}

function Result({ value, beside, compared }: { value: unknown; beside: unknown; compared: boolean }) {
  if (value === null) return <p className="result none">No rule answers, and there is no default: null</p>;
  if (Array.isArray(value)) {
    return (
      <ol className="results">
        {value.map((each: unknown, index) => (
          <li key={index}>
            <Properties value={each} beside={Array.isArray(beside) ? beside[index] : undefined} compared={compared} />
          </li>
        ))}
        {value.length === 0 && <li className="dim">An empty list: no rule matched</li>}
      </ol>
    );
  }
  return <Properties value={value} beside={beside} compared={compared} />;
}

function Properties({ value, beside, compared }: { value: unknown; beside: unknown; compared: boolean }) {
  if (!isFacts(value)) return <p className="result mono">{shown(value)}</p>;
  const other = isFacts(beside) ? beside : {};
  return (
    <dl className="result">
      {Object.entries(value).map(([name, each]) => {
        const differs = compared && !same(each, other[name]);
        return (
          <div key={name} data-differs={differs || undefined}>
            <dt>{name}</dt>
            <dd>
              {shown(each)}
              {differs && <span className="unseen"> (differs)</span>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** The rules that gave it. */
export function Matched({ matched, digest }: { matched: readonly Match[]; digest?: string }) {
  if (matched.length === 0) return <p className="dim">No rule matched</p>;
  return (
    <ul className="matched">
      {matched.map((each) => (
        <li key={`${each.layer} ${each.rule}`}>
          <div className="row wrap">
            <code className="name">{each.rule}</code>
            <span className="tag">{each.layer}</span>
            <FileLink file={each.file} line={each.line} digest={digest} />
          </div>
          {each.because && <p>{each.because}</p>}
        </li>
      ))}
    </ul>
  );
}
