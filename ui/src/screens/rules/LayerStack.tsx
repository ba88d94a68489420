import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { call } from "@/api/client";
import { Field } from "@/parts/Field";
import { FileLink } from "@/parts/FileLink";
import { Panel } from "@/parts/Page";
import { useDecisions } from "@/parts/rules/queries";
import type { DecisionSummary, EffectiveRules, Param } from "@/parts/rules/shapes";
import { shownValue } from "@/parts/rules/Written";
import { Empty, Loaded, Skeleton } from "@/parts/States";
import { ReplacedRules, RuleList } from "./RuleList";
import { Steps } from "./Steps";

interface Props {
  pairs: URLSearchParams;
  onPairs: (pairs: URLSearchParams) => void;
}

/** The rules that decide for a region, a customer, …: which layers, in which order, and from which line. */
export function LayerStack({ pairs, onPairs }: Props) {
  const decisions = useDecisions();
  return (
    <Loaded query={decisions} skeleton={<Skeleton lines={8} />}>
      {({ decisions: all }) => {
        const chosen = all.find((each) => each.decision === pairs.get("decision")) ?? all[0];
        if (!chosen) {
          return (
            <Empty title="No decisions yet">
              <p>A decision is a YAML file in the first layer's folder.</p>
            </Empty>
          );
        }
        return (
          <div className="stack">
            <Choices all={all} chosen={chosen} pairs={pairs} onPairs={onPairs} />
            <Stack decision={chosen} pairs={pairs} />
          </div>
        );
      }}
    </Loaded>
  );
}

function Choices({ all, chosen, pairs, onPairs }: Props & { all: DecisionSummary[]; chosen: DecisionSummary }) {
  const set = (name: string, value: string): void => {
    const next = new URLSearchParams(pairs);
    if (value === "") next.delete(name);
    else next.set(name, value);
    onPairs(next);
  };
  return (
    <form className="choices" onSubmit={(event) => event.preventDefault()}>
      <Field label="Decision">
        {(given) => (
          <select
            {...given}
            data-filter
            className="input"
            value={chosen.decision}
            onChange={(event) => set("decision", event.target.value)}
          >
            {all.map((each) => (
              <option key={each.decision}>{each.decision}</option>
            ))}
          </select>
        )}
      </Field>
      {chosen.dimensions.map(({ fact, values }) => (
        <Field key={fact} label={fact}>
          {(given) => (
            <select
              {...given}
              className="input"
              value={pairs.get(fact) ?? ""}
              onChange={(event) => set(fact, event.target.value)}
            >
              <option value="">any other</option>
              {values.map((value) => (
                <option key={value}>{value}</option>
              ))}
            </select>
          )}
        </Field>
      ))}
    </form>
  );
}

function Stack({ decision, pairs }: { decision: DecisionSummary; pairs: URLSearchParams }) {
  const dimensions = decision.dimensions.flatMap(({ fact }) => {
    const value = pairs.get(fact);
    return value ? [[fact, value] as const] : [];
  });
  const name = decision.decision;
  const stack = useQuery({
    queryKey: ["decisions", name, dimensions],
    queryFn: () =>
      call<EffectiveRules>(`/v1/decisions/${encodeURIComponent(name)}`, { query: Object.fromEntries(dimensions) }),
    placeholderData: (before) => (before?.decision === name ? before : undefined),
  });
  const query = new URLSearchParams({ decision: name, ...Object.fromEntries(dimensions) });
  return (
    <Loaded query={stack} skeleton={<Skeleton lines={10} />}>
      {(found) => (
        <div className="stack" aria-busy={stack.isPlaceholderData}>
          <p className="dim">
            {found.title || found.decision}. Hit policy <strong>{found.hit}</strong>
            {found.requires.length > 0 && (
              <>
                ; needs <code>{found.requires.join(", ")}</code>
              </>
            )}
            . <Link href={`/decide?${query.toString().replaceAll("%2F", "/")}`}>Try it</Link>
          </p>
          <Steps found={found} />
          <Panel title={`Rules in the order in which they are asked (${found.rules.length})`} flush>
            <RuleList rules={found.rules} last={found.default} hit={found.hit} />
          </Panel>
          {found.replaced.length > 0 && (
            <Panel title={`Out of force in this stack (${found.replaced.length})`} flush>
              <ReplacedRules rules={found.replaced} />
            </Panel>
          )}
          {Object.keys(found.params).length > 0 && (
            <Panel title="Params" flush>
              <Params params={found.params} />
            </Panel>
          )}
        </div>
      )}
    </Loaded>
  );
}

function Params({ params }: { params: Record<string, Param> }) {
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <th>Param</th>
            <th className="num">Value</th>
            <th>Layer that won</th>
            <th>Where</th>
            <th>Instead of</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(params).map(([name, param]) => (
            <tr key={name}>
              <td>
                <code>{name}</code>
              </td>
              <td className="num">
                <code>{shownValue(param.value)}</code>
              </td>
              <td>
                <span className="tag">{param.layer}</span>
              </td>
              <td>
                <FileLink file={param.file} line={param.line} />
              </td>
              <td>
                {param.over.length === 0 && <span className="dim">–</span>}
                {param.over.map((each) => (
                  <div key={each.layer} className="row wrap tight">
                    <del>
                      <code>{shownValue(each.value)}</code>
                    </del>
                    <FileLink file={each.file} line={each.line} />
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
