import { useState } from "react";
import { Link } from "wouter";
import { Badge } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { Field } from "@/parts/Field";
import { filePath } from "@/parts/FileLink";
import { shortDigest } from "@/parts/format";
import { Panel } from "@/parts/Page";
import { DiffView, diffSummary } from "@/parts/rules/Diff";
import { useDiff, useRulesets } from "@/parts/rules/queries";
import type { ArchivedRuleset } from "@/parts/rules/shapes";
import { Empty, Loaded, Skeleton } from "@/parts/States";
import { Ago, Moment } from "@/parts/Time";
import { Activate } from "./orders";

interface Props {
  pairs: URLSearchParams;
  onPairs: (pairs: URLSearchParams) => void;
}

/** The rulesets that were active: go back to one, and compare any two. */
export function Versions({ pairs, onPairs }: Props) {
  const list = useRulesets();
  const [activating, setActivating] = useState<ArchivedRuleset | null>(null);
  const compare = (a: string, b: string): void => {
    const next = new URLSearchParams(pairs);
    next.set("tab", "versions");
    next.set("a", a);
    next.set("b", b);
    onPairs(next);
  };
  return (
    <Loaded query={list} skeleton={<Skeleton lines={6} />}>
      {({ rulesets, active }) =>
        rulesets.length === 0 ? (
          <Empty title="No version yet">
            <p>Each ruleset that becomes active is kept here, and can become active again.</p>
          </Empty>
        ) : (
          <div className="stack">
            <Panel title="Versions" flush>
              <Table rulesets={rulesets} active={active} onActivate={setActivating} onCompare={compare} />
            </Panel>
            {(rulesets.length > 1 || pairs.get("a") !== null) && <Compare rulesets={rulesets} a={pairs.get("a")} b={pairs.get("b")} onCompare={compare} />}
            {activating && (
              <Activate ruleset={activating} active={active} onClose={() => setActivating(null)} />
            )}
          </div>
        )
      }
    </Loaded>
  );
}

interface TableProps {
  rulesets: ArchivedRuleset[];
  active: string | null;
  onActivate: (ruleset: ArchivedRuleset) => void;
  onCompare: (a: string, b: string) => void;
}

function Table({ rulesets, active, onActivate, onCompare }: TableProps) {
  return (
    <div className="scroll">
      <table className="table versions">
        <thead>
          <tr>
            <th>Version</th>
            <th>Last activated</th>
            <th className="num">Rules</th>
            <th>Note</th>
            <th>
              <span className="unseen">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rulesets.map((each) => (
            <tr key={each.digest} aria-selected={each.active || undefined}>
              <td>
                <div className="row wrap tight">
                  <Link
                    className="mono"
                    href={filePath({ file: "rulesflow.yaml", digest: each.digest })}
                    title={`${each.digest}: its files`}
                  >
                    {shortDigest(each.digest)}
                  </Link>
                  <States ruleset={each} />
                </div>
                {each.note && <p className="note-below">{each.note}</p>}
              </td>
              <td>
                {each.activated_at ? <Ago at={each.activated_at} /> : "never"}
                <div className="dim">
                  first <Moment at={each.first_at} />
                </div>
              </td>
              <td className="num">
                {each.counts.rules}
                <div className="dim">in {each.counts.decisions} decisions</div>
              </td>
              <td className="note">{each.note ?? <span className="dim">read from the folder</span>}</td>
              <td>
                <div className="row wrap tight do">
                  {active && !each.active && (
                    <Button kind="quiet" onClick={() => onCompare(active, each.digest)}>
                      Compare
                    </Button>
                  )}
                  {!(each.active && each.pinned) && (
                    <Button icon={each.active ? "stop" : each.pending ? "check" : "back"} onClick={() => onActivate(each)}>
                      {each.active ? "Pin" : each.pending ? "Activate" : "Roll back"}
                    </Button>
                  )}
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function States({ ruleset }: { ruleset: ArchivedRuleset }) {
  return (
    <>
      {ruleset.active && (
        <Badge tone="good" shape="check">
          active
        </Badge>
      )}
      {ruleset.pinned && (
        <Badge tone="wait" shape="square">
          pinned
        </Badge>
      )}
      {ruleset.pending && (
        <Badge tone="warn" shape="half">
          pending
        </Badge>
      )}
    </>
  );
}

interface CompareProps {
  rulesets: ArchivedRuleset[];
  a: string | null;
  b: string | null;
  onCompare: (a: string, b: string) => void;
}

function Compare({ rulesets, a, b, onCompare }: CompareProps) {
  const first = a ?? rulesets[1]?.digest ?? "active";
  const second = b ?? rulesets[0]?.digest ?? "active";
  const diff = useDiff(a, b);
  return (
    <Panel title="Compare">
      <div className="stack">
        <div className="choices">
          <Pick label="From" rulesets={rulesets} value={first} onChoose={(value) => onCompare(value, second)} />
          <Pick label="To" rulesets={rulesets} value={second} onChoose={(value) => onCompare(first, value)} />
          <div className="row end">
            <Button onClick={() => onCompare(second, first)}>Swap</Button>
            {(a === null || b === null) && (
              <Button kind="primary" disabled={first === second} onClick={() => onCompare(first, second)}>
                Compare
              </Button>
            )}
          </div>
        </div>
        {a !== null && b !== null && (
          <Loaded query={diff}>
            {(found) => (
              <section aria-label="What differs" className="stack">
                {!found.same && <p className="dim">{diffSummary(found)}</p>}
                <DiffView diff={found} />
              </section>
            )}
          </Loaded>
        )}
      </div>
    </Panel>
  );
}

interface PickProps {
  label: string;
  rulesets: ArchivedRuleset[];
  value: string;
  onChoose: (digest: string) => void;
}

function Pick({ label, rulesets, value, onChoose }: PickProps) {
  const known = rulesets.some((each) => each.digest === value);
  return (
    <Field label={label}>
      {(given) => (
        <select {...given} className="input mono" value={value} onChange={(event) => onChoose(event.target.value)}>
          {!known && <option value={value}>{shortDigest(value)}</option>}
          {rulesets.map((each) => (
            <option key={each.digest} value={each.digest}>
              {shortDigest(each.digest)}
              {each.active ? " · active" : each.pending ? " · pending" : ""}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
