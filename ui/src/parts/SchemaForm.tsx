// A form for a value that a JSON Schema describes: signals, inputs, facts. What it cannot draw is typed as JSON.
import { useId, useState, type ReactNode } from "react";
import type { Fault } from "@/api/problem";
import { Button } from "./Button";
import { exactNumber, isNumber, numberText, parseExactly } from "./exact";
import { Field } from "./Field";
import "./SchemaForm.css";

/** The part of JSON Schema that the service's schemas use. */
export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: readonly unknown[];
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  items?: JsonSchema;
  format?: string;
  minimum?: number;
  maximum?: number;
  examples?: readonly unknown[];
  default?: unknown;
  [more: string]: unknown;
}

interface Props {
  schema: JsonSchema;
  /** Undefined where nothing is given. Numbers may be exact, see `exact.ts`. */
  value: unknown;
  onChange: (value: unknown) => void;
  /** What the service found wrong, by JSON pointers that begin with `at`. */
  faults?: readonly Fault[];
  at?: string;
  /** Which properties are shown, by their pointer; the others only if they have a value. */
  shown?: (pointer: string) => boolean;
  /** A choice of few is drawn with all that may be chosen: for short forms. */
  radios?: boolean;
}

const FEW = 6; // choices that are shown all at once

/** The form. Of an object all properties; what is left empty is left out of the value. */
export function SchemaForm(props: Props) {
  return <Value {...props} at={props.at ?? ""} label="Value" needed />;
}

interface ValueProps extends Props {
  at: string;
  label: string;
  needed: boolean;
}

function Value(props: ValueProps) {
  const { schema } = props;
  if (schema.enum) return <Choice {...props} />;
  switch (kindOf(schema)) {
    case "object":
      return schema.properties ? <Members {...props} /> : <AsJson {...props} />;
    case "array":
      return schema.items ? <Items {...props} /> : <AsJson {...props} />;
    case "boolean":
      return <Choice {...props} schema={{ ...schema, enum: [true, false] }} />;
    case "number":
    case "integer":
      return <NumberInput {...props} />;
    case "string":
      return <TextInput {...props} />;
    default:
      return <AsJson {...props} />;
  }
}

/** The one type that a schema allows beside null; empty where it is open. */
function kindOf(schema: JsonSchema): string {
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type]).filter((each) => each !== "null");
  return types.length === 1 ? (types[0] ?? (schema.properties ? "object" : "")) : "";
}

function Members({ schema, value, onChange, at, label, shown, ...rest }: ValueProps) {
  const given = isObject(value) ? value : {};
  const required = new Set(schema.required ?? []);
  const names = Object.keys(schema.properties ?? {}).filter((name) => {
    const pointer = `${at}/${name}`;
    return shown === undefined || shown(pointer) || given[name] !== undefined || reaches(schema.properties?.[name], pointer, shown);
  });
  names.sort((one, other) => Number(required.has(other)) - Number(required.has(one)));
  const set = (name: string, next: unknown): void => {
    const { [name]: _, ...others } = given;
    const changed = next === undefined ? others : { ...given, [name]: next };
    onChange(Object.keys(changed).length === 0 && !rest.needed ? undefined : changed);
  };
  const fields = names.map((name) => (
    <Value
      key={name}
      {...rest}
      {...(shown ? { shown } : {})}
      schema={schema.properties?.[name] ?? {}}
      value={given[name]}
      onChange={(next) => set(name, next)}
      at={`${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`}
      label={name}
      needed={required.has(name)}
    />
  ));
  if (label === "Value") return <div className="schema-form">{fields}</div>;
  return (
    <fieldset className="schema-form">
      <legend>
        {label}
        {rest.needed && <Needed />}
      </legend>
      <Told {...rest} at={at} schema={{}} />
      {fields}
    </fieldset>
  );
}

function reaches(schema: JsonSchema | undefined, at: string, shown: (pointer: string) => boolean): boolean {
  return Object.entries(schema?.properties ?? {}).some(
    ([name, inner]) => shown(`${at}/${name}`) || reaches(inner, `${at}/${name}`, shown),
  );
}

function Items({ schema, value, onChange, at, label, ...rest }: ValueProps) {
  const items = Array.isArray(value) ? (value as unknown[]) : [];
  const change = (next: unknown[]): void => onChange(next.length === 0 && !rest.needed ? undefined : next);
  return (
    <fieldset className="schema-form">
      <legend>
        {label}
        {rest.needed && <Needed />}
      </legend>
      <Told {...rest} at={at} schema={schema} />
      {items.map((item, index) => (
        <div className="item" key={index}>
          <Value
            {...rest}
            needed
            schema={schema.items ?? {}}
            value={item}
            onChange={(next) => change(items.map((each, place) => (place === index ? (next ?? null) : each)))}
            at={`${at}/${index}`}
            label={`${label} ${index + 1}`}
          />
          <Button
            kind="quiet"
            icon="close"
            aria-label={`Remove ${label} ${index + 1}`}
            onClick={() => change(items.filter((_, place) => place !== index))}
          />
        </div>
      ))}
      <div>
        <Button icon="plus" onClick={() => change([...items, emptyOf(schema.items)])}>
          Add to {label}
        </Button>
      </div>
    </fieldset>
  );
}

function emptyOf(schema: JsonSchema | undefined): unknown {
  if (schema?.enum) return schema.enum[0];
  const kind = kindOf(schema ?? {});
  return kind === "object" ? {} : kind === "array" ? [] : kind === "boolean" ? false : kind === "string" ? "" : null;
}

function Choice(props: ValueProps) {
  const { schema, value, onChange, needed, radios } = props;
  const options = schema.enum ?? [];
  if (radios && options.length <= FEW) return <Radios {...props} />;
  const at = options.findIndex((each) => each === value);
  return (
    <Input {...props}>
      {(given) => (
        <select
          {...given}
          className="input"
          value={at}
          onChange={(event) => onChange(options[Number(event.target.value)])}
        >
          {(!needed || at < 0) && <option value={-1}>{needed ? "Choose…" : "–"}</option>}
          {options.map((each, index) => (
            <option key={index} value={index}>
              {wordOf(each)}
            </option>
          ))}
        </select>
      )}
    </Input>
  );
}

function wordOf(option: unknown): string {
  return typeof option === "boolean" ? (option ? "yes" : "no") : String(option);
}

function Radios({ schema, value, onChange, needed, label, faults, at }: ValueProps) {
  const name = useId();
  const options = [...(schema.enum ?? []), ...(needed ? [] : [undefined])];
  return (
    <fieldset className="schema-form radios">
      <legend>
        {label}
        {needed && <Needed />}
      </legend>
      <Told schema={schema} at={at} {...(faults ? { faults } : {})} />
      {options.map((option, index) => (
        <label key={index} className="choice">
          <input type="radio" name={name} checked={value === option} onChange={() => onChange(option)} />
          {option === undefined ? "not given" : wordOf(option)}
        </label>
      ))}
    </fieldset>
  );
}

function NumberInput(props: ValueProps) {
  const { value, onChange, schema } = props;
  const text = numberText(value) ?? (typeof value === "string" ? value : "");
  const wrong = text !== "" && !isNumber(text) ? "This is no number: write it like 1234.56" : undefined;
  return (
    <Input {...props} {...(wrong ? { wrong } : {})}>
      {(given) => (
        <input
          {...given}
          className="input"
          inputMode={kindOf(schema) === "integer" ? "numeric" : "decimal"}
          autoComplete="off"
          value={text}
          onChange={(event) => onChange(numberOf(event.target.value.trim()))}
        />
      )}
    </Input>
  );
}

function numberOf(text: string): unknown {
  if (text === "") return undefined;
  return isNumber(text) ? exactNumber(text) : text;
}

function TextInput(props: ValueProps) {
  const { value, onChange, schema, needed } = props;
  const hint = schema.format === "date-time" ? "2026-11-27T10:00:00Z" : schema.format === "date" ? "2026-11-27" : "";
  return (
    <Input {...props}>
      {(given) => (
        <input
          {...given}
          className="input"
          autoComplete="off"
          placeholder={hint}
          value={typeof value === "string" ? value : value === undefined || value === null ? "" : String(value)}
          onChange={(event) => onChange(event.target.value === "" && !needed ? undefined : event.target.value)}
        />
      )}
    </Input>
  );
}

function AsJson(props: ValueProps) {
  const { value, onChange } = props;
  const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value, null, 2));
  const [wrong, setWrong] = useState<string>();
  const change = (next: string): void => {
    setText(next);
    try {
      onChange(next.trim() === "" ? undefined : parseExactly(next));
      setWrong(undefined);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Input {...props} {...(wrong ? { wrong } : {})}>
      {(given) => (
        <textarea
          {...given}
          className="input"
          rows={3}
          spellCheck={false}
          placeholder="JSON"
          value={text}
          onChange={(event) => change(event.target.value)}
        />
      )}
    </Input>
  );
}

interface InputProps extends ValueProps {
  wrong?: string;
  children: (given: { id: string }) => ReactNode;
}

/** A field with its label; what is wrong with it goes before what it is. */
function Input({ schema, label, needed, faults, at, wrong, children }: InputProps) {
  const found = faults?.find((fault) => fault.pointer === at);
  const fault = wrong ?? (found && `${found.message}${found.hint ? ` — ${found.hint}` : ""}`);
  const title = (
    <>
      {label}
      {needed && <Needed />}
    </>
  );
  return (
    <Field label={title} hint={hintOf(schema)} fault={fault}>
      {children}
    </Field>
  );
}

/** The description and the faults of a group. */
function Told({ schema, faults, at }: Pick<ValueProps, "schema" | "faults" | "at">) {
  const id = useId();
  const found = faults?.filter((fault) => fault.pointer === at) ?? [];
  if (!schema.description && found.length === 0) return null;
  return (
    <div id={id} className={found.length > 0 ? "fault" : "hint"}>
      {found.length > 0 ? found.map((fault) => fault.message).join("; ") : marked(schema.description ?? "")}
    </div>
  );
}

function Needed() {
  return (
    <span className="needed" title="It has to be there">
      {" *"}
      <span className="unseen"> required</span>
    </span>
  );
}

function hintOf(schema: JsonSchema): ReactNode {
  const example = schema.examples?.[0];
  const told = [schema.description, example === undefined ? "" : `Such as ${JSON.stringify(example)}`];
  const text = told.filter(Boolean).join(" ");
  return text && marked(text);
}

/** What stands between backquotes is code. */
function marked(text: string): ReactNode {
  return text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && numberText(value) === null;
}

/** Whether a value holds texts where the schema wants numbers: nothing to send yet. */
export function isUnfinished(schema: JsonSchema, value: unknown): boolean {
  const kind = kindOf(schema);
  if (kind === "number" || kind === "integer") return typeof value === "string";
  if (isObject(value)) {
    const needs = schema.required?.some((name) => value[name] === undefined || value[name] === "") ?? false;
    return needs || Object.entries(value).some(([name, each]) => isUnfinished(schema.properties?.[name] ?? {}, each));
  }
  if (Array.isArray(value)) return value.some((each) => isUnfinished(schema.items ?? {}, each));
  return (schema.required?.length ?? 0) > 0 && value === undefined;
}
