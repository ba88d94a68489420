import { useState } from "react";
import { Copy } from "@/parts/Copy";

interface Props {
  label: string;
  value: unknown;
}

const OPEN = 3; // levels that are open at first
const MANY = 40; // members that are shown at first
const LONG = 400; // characters of a text that are shown at first

/** A value as a tree whose branches open and close; it can be copied. */
export function JsonTree({ label, value }: Props) {
  const text = JSON.stringify(value, null, 2) ?? "null";
  return (
    <section className="run-tree">
      <h3>
        {label} <Copy text={text} what={label.toLowerCase()} />
      </h3>
      <div className="tree" role="region" aria-label={label} tabIndex={0}>
        <Value value={value} depth={0} />
      </div>
    </section>
  );
}

function Value({ name, value, depth }: { name?: string; value: unknown; depth: number }) {
  if (value !== null && typeof value === "object") {
    return <Branch {...(name === undefined ? {} : { name })} value={value} depth={depth} />;
  }
  return (
    <div className="leaf">
      <Name name={name} />
      <Scalar value={value} />
    </div>
  );
}

function Name({ name }: { name: string | undefined }) {
  return name === undefined ? null : (
    <>
      <span className="name">{name}</span>
      <span className="dim">: </span>
    </>
  );
}

function Branch({ name, value, depth }: { name?: string; value: object; depth: number }) {
  const members = Object.entries(value);
  const [open, setOpen] = useState(depth < OPEN && (depth === 0 || members.length <= MANY));
  const [all, setAll] = useState(false);
  const [first, last] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const seen = all ? members : members.slice(0, MANY);
  if (members.length === 0) {
    return (
      <div className="leaf">
        <Name name={name} />
        <span className="dim">{`${first}${last}`}</span>
      </div>
    );
  }
  return (
    <div className="branch">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <i aria-hidden="true">{open ? "▾" : "▸"}</i>
        <Name name={name} />
        <span className="dim">{open ? first : `${first} ${members.length} ${last}`}</span>
      </button>
      {open && (
        <>
          <div className="members">
            {seen.map(([key, each]) => (
              <Value key={key} name={key} value={each} depth={depth + 1} />
            ))}
            {seen.length < members.length && (
              <button type="button" className="more" onClick={() => setAll(true)}>
                {members.length - seen.length} more
              </button>
            )}
          </div>
          <span className="dim">{last}</span>
        </>
      )}
    </div>
  );
}

function Scalar({ value }: { value: unknown }) {
  const [all, setAll] = useState(false);
  if (typeof value !== "string") return <span className={typeof value === "number" ? "number" : "word"}>{String(value)}</span>;
  const cut = !all && value.length > LONG;
  return (
    <>
      <span className="text">"{cut ? value.slice(0, LONG) : value}"</span>
      {cut && (
        <button type="button" className="more" onClick={() => setAll(true)}>
          … {value.length - LONG} more
        </button>
      )}
    </>
  );
}
