// Alerts: those that are open, those that were, and the rules that raise them.
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { call, newKey } from "@/api/client";
import { Badge, type Shape, type Tone } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { Confirm } from "@/parts/Dialog";
import { Field } from "@/parts/Field";
import { FileLink } from "@/parts/FileLink";
import { duration } from "@/parts/format";
import { Panel } from "@/parts/Page";
import { Empty, Loaded } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { Ago, Lasting, Moment } from "@/parts/Time";
import { toast } from "@/parts/toast";
import { type Alert, type AlertRule, type Severity, useAlertRules, useAlerts } from "./shapes";

type Shown = "open" | "all" | "rules";

const LOOKS: Record<Severity, [Tone, Shape]> = {
  critical: ["bad", "bang"],
  warning: ["warn", "half"],
  info: ["busy", "dot"],
};

export function Alerts({ shown, onShow }: { shown: Shown; onShow: (shown: Shown) => void }) {
  return (
    <Panel title="Alerts" flush>
      <Tabs
        label="Which alerts"
        tabs={[
          { name: "open", title: "Open" },
          { name: "all", title: "All" },
          { name: "rules", title: "Rules" },
        ]}
        current={shown}
        onChoose={onShow}
      />
      <div role="tabpanel" aria-label={`Alerts: ${shown}`}>
        {shown === "rules" ? <Rules /> : <List status={shown} />}
      </div>
    </Panel>
  );
}

function List({ status }: { status: "open" | "all" }) {
  const query = useAlerts(status);
  const [chosen, choose] = useState<Alert>();
  return (
    <>
      <Loaded query={query}>
        {({ alerts }) =>
          alerts.length === 0 ? (
            <Empty title={status === "open" ? "No alert is open" : "There was no alert yet"}>
              <p>What raises one stands under Rules, and can be changed in alerts.yaml without a deploy.</p>
            </Empty>
          ) : (
            <ul className="alerts">
              {alerts.map((alert) => (
                <Row key={alert.id} alert={alert} onAcknowledge={() => choose(alert)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {chosen && <Acknowledge alert={chosen} onClose={() => choose(undefined)} />}
    </>
  );
}

function Row({ alert, onAcknowledge }: { alert: Alert; onAcknowledge: () => void }) {
  const [tone, shape] = LOOKS[alert.severity];
  const open = alert.status === "open";
  return (
    <li data-status={alert.status}>
      <div className="row wrap">
        <Badge tone={open ? tone : "still"} shape={open ? shape : "check"}>
          {open ? alert.severity : "closed"}
        </Badge>
        <strong className="grow">{alert.text}</strong>
        {open && !alert.acknowledged && <Button onClick={onAcknowledge}>Acknowledge</Button>}
      </div>
      <div className="row wrap dim">
        <span>{alert.title}</span>
        <span>
          {open ? (
            <>
              open for <Lasting from={alert.opened_at} to={null} />
            </>
          ) : (
            <>
              <Moment at={alert.opened_at} />, for <Lasting from={alert.opened_at} to={alert.closed_at} />
            </>
          )}
        </span>
        {alert.webhook !== "off" && <span>webhook {alert.webhook}</span>}
        {alert.acknowledged && (
          <span>
            seen by {alert.acknowledged.by || "somebody"} <Ago at={alert.acknowledged.at} />
            {alert.acknowledged.note && `: ${alert.acknowledged.note}`}
          </span>
        )}
      </div>
      {alert.because && <p className="dim">{alert.because}</p>}
    </li>
  );
}

function Acknowledge({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const [note, setNote] = useState("");
  const queries = useQueryClient();
  const key = useMemo(newKey, []);
  const send = async (): Promise<void> => {
    await call(`/v1/alerts/${encodeURIComponent(alert.id)}/acknowledge`, {
      method: "POST",
      body: { note },
      headers: { "Idempotency-Key": key },
    });
    await queries.invalidateQueries({ queryKey: ["alerts"] });
    toast("The alert is marked as seen");
  };
  return (
    <Confirm title="Acknowledge the alert" verb="Acknowledge" onConfirm={send} onClose={onClose}>
      <p>{alert.text}</p>
      <p className="dim">It stays open until what raised it is over. Others see that you are at it.</p>
      <Field label="Note" hint="What you are doing about it">
        {(given) => (
          <input {...given} className="input" value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} />
        )}
      </Field>
    </Confirm>
  );
}

function Rules() {
  const query = useAlertRules(true);
  return (
    <Loaded query={query}>
      {({ rules }) => (
        <div className="scroll" tabIndex={0} role="region" aria-label="Alert rules">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Rule</th>
                <th scope="col">Opens when</th>
                <th scope="col">For</th>
                <th scope="col">Closes when</th>
                <th scope="col">Stands in</th>
              </tr>
            </thead>
            <tbody>
              {rules.map((rule) => (
                <RuleRow key={rule.alert} rule={rule} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Loaded>
  );
}

function RuleRow({ rule }: { rule: AlertRule }) {
  const [tone, shape] = LOOKS[rule.severity];
  return (
    <tr>
      <td>
        <div className="row wrap tight">
          <Badge tone={rule.enabled ? tone : "still"} shape={rule.enabled ? shape : "slash"}>
            {rule.enabled ? rule.severity : "off"}
          </Badge>
          <strong>{rule.alert}</strong>
        </div>
        <div className="dim">
          {rule.title} · of each {rule.of}
        </div>
        {rule.problem && <div className="fault">{rule.problem}</div>}
      </td>
      <td>
        <code>{rule.when}</code>
      </td>
      <td>{duration(rule.for)}</td>
      <td>
        {rule.clear ? <code>{rule.clear}</code> : "that is over"}
        <div className="dim">for {duration(rule.clear_for)}</div>
      </td>
      <td>
        {rule.source === "project" ? (
          <FileLink file={rule.file} line={rule.line} />
        ) : (
          <span className="dim">shipped</span>
        )}
      </td>
    </tr>
  );
}
