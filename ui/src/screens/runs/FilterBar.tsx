import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useLocation } from "wouter";
import { api, got } from "@/api/client";
import { Icon } from "@/parts/Icon";
import { toast } from "@/parts/toast";
import { type Filters, NO_FILTERS, SPANS, type Span, unfiltered } from "./filters";
import { useFields } from "./fields";

interface Props {
  filters: Filters;
  onChange: (part: Partial<Filters>) => void;
}

const RUN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const FINGERPRINT = /^[0-9a-f]{8,32}$/i;

export function FilterBar({ filters, onChange }: Props) {
  const workflows = useQuery({ queryKey: ["workflows"], queryFn: () => got(api.GET("/v1/workflows")) });
  const names = new Set([...(workflows.data?.workflows ?? []).map(({ name }) => name), filters.workflow].filter(Boolean));
  return (
    <div className="filters">
      <FieldFilter filters={filters} onChange={onChange} />
      <select
        className="input"
        aria-label="Workflow"
        value={filters.workflow}
        onChange={(event) => onChange({ workflow: event.target.value })}
      >
        <option value="">Any workflow</option>
        {[...names].map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <TimeFilter filters={filters} onChange={onChange} />
      <select
        className="input"
        aria-label="Order"
        value={filters.sort}
        onChange={(event) => onChange({ sort: event.target.value === "oldest" ? "oldest" : "newest" })}
      >
        <option value="newest">Newest first</option>
        <option value="oldest">Oldest first</option>
      </select>
      <Chips filters={filters} onChange={onChange} />
    </div>
  );
}

/** `name=value` of an indexed field; also a run's id, which opens it, and the fingerprint of an incident. */
function FieldFilter({ filters, onChange }: Props) {
  const [text, setText] = useState("");
  const [, navigate] = useLocation();
  const fields = useFields().data ?? [];
  const id = useId();
  const name = text.split("=", 1)[0] ?? "";
  const named = fields.find((field) => field.name === name && text.includes("="));
  const offered = named
    ? named.values.map((value) => `${named.name}=${value}`)
    : fields.flatMap((field) => [`${field.name}=`, ...field.values.slice(0, 20).map((value) => `${field.name}=${value}`)]);

  const add = (given: string): void => {
    const [field = "", ...rest] = given.trim().split("=");
    const value = rest.join("=");
    if (RUN.test(given.trim())) navigate(`/runs/${given.trim()}`);
    else if (field !== "" && value !== "") onChange({ fields: { ...filters.fields, [field.trim()]: value.trim() } });
    else if (FINGERPRINT.test(given.trim())) onChange({ fingerprint: given.trim().toLowerCase() });
    else {
      toast("Write name=value, such as order.region=eu/de; or the id of a run", "bad");
      return;
    }
    setText("");
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== "") add(text);
  };
  return (
    <form className="ask" onSubmit={submit} role="search">
      <Icon name="search" size={14} />
      <input
        className="input"
        data-filter
        aria-label="Filter by a field, or open a run by its id"
        placeholder="order.region=eu/de, or a run’s id"
        list={id}
        value={text}
        onChange={(event) => {
          const next = event.target.value;
          const chosen = offered.includes(next) && !next.endsWith("=") && next.length - text.length > 1;
          if (chosen) add(next);
          else setText(next);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        autoComplete="off"
        spellCheck={false}
      />
      <datalist id={id}>
        {offered.slice(0, 200).map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </form>
  );
}

function TimeFilter({ filters, onChange }: Props) {
  const between = filters.since !== "" || filters.until !== "";
  const [open, setOpen] = useState(between);
  const choose = (value: string): void => {
    setOpen(value === "between");
    if (value === "between") onChange({ last: "" });
    else onChange({ last: value as Span | "", since: "", until: "" });
  };
  return (
    <>
      <select
        className="input"
        aria-label="Begun"
        value={open || between ? "between" : filters.last}
        onChange={(event) => choose(event.target.value)}
      >
        <option value="">Any time</option>
        {Object.entries(SPANS).map(([span, [words]]) => (
          <option key={span} value={span}>
            {words}
          </option>
        ))}
        <option value="between">Between…</option>
      </select>
      {(open || between) && (
        <>
          <MomentInput label="Begun at or after" value={filters.since} onChange={(since) => onChange({ since })} />
          <MomentInput label="Begun before" value={filters.until} onChange={(until) => onChange({ until })} />
        </>
      )}
    </>
  );
}

interface MomentProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

function MomentInput({ label, value, onChange }: MomentProps) {
  return (
    <input
      className="input"
      type="datetime-local"
      aria-label={label}
      title={label}
      step={1}
      value={local(value)}
      onChange={(event) => {
        const at = new Date(event.target.value);
        onChange(Number.isNaN(at.getTime()) ? "" : at.toISOString());
      }}
    />
  );
}

/** A moment as the input wants it: by the clock of here, without a zone. */
function local(value: string): string {
  const at = new Date(value);
  if (value === "" || Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function Chips({ filters, onChange }: Props) {
  if (unfiltered(filters)) return null;
  const without = (name: string): void => {
    const { [name]: _, ...fields } = filters.fields;
    onChange({ fields });
  };
  return (
    <div className="chips">
      {Object.entries(filters.fields).map(([name, value]) => (
        <Chip key={name} text={`${name}=${value}`} onDrop={() => without(name)} />
      ))}
      {filters.fingerprint && (
        <Chip text={`incident ${filters.fingerprint.slice(0, 10)}`} onDrop={() => onChange({ fingerprint: "" })} />
      )}
      <button type="button" className="button" data-kind="quiet" onClick={() => onChange({ ...NO_FILTERS, sort: filters.sort })}>
        Clear
      </button>
    </div>
  );
}

function Chip({ text, onDrop }: { text: string; onDrop: () => void }) {
  return (
    <span className="chip">
      {text}
      <button type="button" aria-label={`Without ${text}`} onClick={onDrop}>
        <Icon name="close" size={11} />
      </button>
    </span>
  );
}
