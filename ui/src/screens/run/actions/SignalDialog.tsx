import { type ReactNode, useMemo, useState } from "react";
import { type Fault, Refusal } from "@/api/problem";
import { Confirm } from "@/parts/Dialog";
import { Field } from "@/parts/Field";
import { whole } from "@/parts/format";
import { isUnfinished, type JsonSchema, SchemaForm } from "@/parts/SchemaForm";
import { Ago } from "@/parts/Time";
import { JsonField } from "@/parts/JsonField";
import { readJson } from "@/parts/Json";
import type { Links } from "../selection";
import type { Run, RunGraph, Wait } from "../shapes";
import { useOrders } from "./orders";

interface Props {
  run: Run;
  /** At least one. */
  waits: readonly Wait[];
  graph: RunGraph | undefined;
  links: Links;
  onClose: () => void;
}

const MOST = 500; // waits that can be chosen from
const FEW = 6; // choices that are shown all at once

/** Answers what a run waits for: a form for the payload, and where each answer leads. */
export function SignalDialog({ waits, ...props }: Props) {
  const [at, setAt] = useState(0);
  const wait = waits[at];
  if (!wait) return null;
  const choose =
    waits.length === 1 ? null : (
      <Field label="Which wait" hint={waits.length > MOST ? `The first ${MOST} of ${whole(waits.length)}` : undefined}>
        {(given) => (
          <select {...given} className="input" value={at} onChange={(event) => setAt(Number(event.target.value))}>
            {waits.slice(0, MOST).map((each, index) => (
              <option key={each.path} value={index}>
                {each.path}: {each.signal}
              </option>
            ))}
          </select>
        )}
      </Field>
    );
  return <Answer key={at} wait={wait} choose={choose} {...props} />;
}

function Answer({ run, wait, choose, graph, links, onClose }: Omit<Props, "waits"> & { wait: Wait; choose: ReactNode }) {
  const [payload, setPayload] = useState<unknown>(undefined);
  const [text, setText] = useState("null");
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const { signal } = useOrders(run.id);
  const name = wait.signal ?? "";
  const schema = wait.payload ?? null;
  const typed = readJson(text);
  const blocked = schema === null ? "fault" in typed : isUnfinished(schema, payload);
  const send = async (): Promise<void> => {
    setFaults([]);
    try {
      await signal(name, schema === null && "value" in typed ? typed.value : (payload ?? {}));
    } catch (error) {
      if (error instanceof Refusal) setFaults(error.problem.errors);
      throw error;
    }
  };
  return (
    <Confirm title={`Answer ${name}`} verb={`Send ${name}`} blocked={blocked} onConfirm={send} onClose={onClose}>
      {choose}
      <p>
        The run waits at <strong>{wait.path}</strong>
        {wait.until && (
          <>
            ; its time is up <Ago at={wait.until} />
          </>
        )}
        . Nothing is sent before you press the button.
      </p>
      {schema === null ? (
        <JsonField label="Payload, as JSON" text={text} onText={setText} rows={6} />
      ) : (
        <PayloadForm schema={schema} value={payload} onChange={setPayload} faults={faults} />
      )}
      <NextStep graph={graph} at={links.nodeOf(wait.path)} payload={payload} />
    </Confirm>
  );
}

interface FormProps {
  schema: JsonSchema;
  value: unknown;
  onChange: (value: unknown) => void;
  faults: readonly Fault[];
}

/** The few choices as radio buttons, all else as the common form draws it. */
function PayloadForm({ schema, value, onChange, faults }: FormProps) {
  const given = isObject(value) ? value : {};
  const [choices, others] = useMemo(() => divided(schema), [schema]);
  if (!schema.properties) return <SchemaForm schema={schema} value={value} onChange={onChange} faults={faults} />;
  const change = (name: string, next: unknown): void => onChange({ ...given, [name]: next });
  const rest = Object.fromEntries(Object.entries(given).filter(([name]) => others.properties?.[name] !== undefined));
  const chosen = Object.fromEntries(Object.entries(given).filter(([name]) => others.properties?.[name] === undefined));
  return (
    <>
      {choices.map(([name, each]) => (
        <Radios
          key={name}
          name={name}
          schema={each}
          value={given[name]}
          needed={schema.required?.includes(name) ?? false}
          fault={faults.find((fault) => fault.pointer === `/${name}`)?.message}
          onChange={(next) => change(name, next)}
        />
      ))}
      {Object.keys(others.properties ?? {}).length > 0 && (
        <SchemaForm
          schema={others}
          value={rest}
          onChange={(next) => onChange({ ...chosen, ...(isObject(next) ? next : {}) })}
          faults={faults}
        />
      )}
    </>
  );
}

function divided(schema: JsonSchema): [[string, JsonSchema][], JsonSchema] {
  const members = Object.entries(schema.properties ?? {});
  const choices = members.filter(([, each]) => optionsOf(each).length > 0 && optionsOf(each).length <= FEW);
  const names = new Set(choices.map(([name]) => name));
  const properties = Object.fromEntries(members.filter(([name]) => !names.has(name)));
  return [choices, { ...schema, properties, required: schema.required?.filter((name) => !names.has(name)) ?? [] }];
}

function optionsOf(schema: JsonSchema): readonly unknown[] {
  return schema.enum ?? (schema.type === "boolean" ? [true, false] : []);
}

interface RadiosProps {
  name: string;
  schema: JsonSchema;
  value: unknown;
  needed: boolean;
  fault: string | undefined;
  onChange: (value: unknown) => void;
}

function Radios({ name, schema, value, needed, fault, onChange }: RadiosProps) {
  const options = [...optionsOf(schema), ...(needed ? [] : [undefined])];
  return (
    <fieldset className="run-radios">
      <legend>
        {name}
        {schema.description && <span className="dim"> {schema.description}</span>}
      </legend>
      {options.map((option) => (
        <label key={String(option)} className="choice">
          <input type="radio" name={name} checked={value === option} onChange={() => onChange(option)} />
          {option === undefined ? "not given" : option === true ? "yes" : option === false ? "no" : String(option)}
        </label>
      ))}
      {fault && <p className="fault">{fault}</p>}
    </fieldset>
  );
}

/** Where the answer leads: the edges of the wait whose label is in the payload. */
function NextStep({ graph, at, payload }: { graph: RunGraph | undefined; at: string; payload: unknown }) {
  const edges = graph?.edges.filter((edge) => edge.from === at && edge.kind !== "timeout") ?? [];
  if (edges.length === 0) return null;
  const values = new Set(Object.values(isObject(payload) ? payload : {}).map(String));
  const next = edges.find((edge) => edge.label !== "" && values.has(edge.label)) ?? (edges.length === 1 ? edges[0] : undefined);
  if (!next) return <p className="run-preview dim">Choose, and see here how the run goes on.</p>;
  const node = graph?.nodes.find((each) => each.path === next.to);
  if (node?.kind === "fail") {
    return (
      <p className="run-preview">
        The run then fails with <strong>{node.label}</strong>, and what was done is taken back.
      </p>
    );
  }
  return (
    <p className="run-preview">
      {next.to === "$end" ? "The run then ends well." : <>The run then goes on with <strong>{node?.name ?? next.to}</strong>.</>}
    </p>
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
