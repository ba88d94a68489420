// Values and conditions of rules, as they were written.

/** A value in one line. */
export function shownValue(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "—");
}

/** What a rule answers: each property with its value. */
export function Outcome({ then }: { then: Record<string, unknown> }) {
  return (
    <ul className="outcome">
      {Object.entries(then).map(([name, value]) => (
        <li key={name}>
          <span className="dim">{name}</span> <code>{shownValue(value)}</code>
        </li>
      ))}
    </ul>
  );
}
