import type { StepProblem } from "../shapes";

const HINTS: Record<string, string> = {
  unavailable: "The service did not answer, or said that it cannot now. The same call may succeed later.",
  timeout: "No answer came in time, so the call may have had its effect. A retry sends the same idempotency key.",
  rejected: "It was refused. The same again would be refused again.",
  invalid: "The step does not take this input. Retry it with edited input.",
  conflict: "What stands there forbids it. Look at what the step is about.",
  internal: "A defect, of the step or of a rule. Once it is mended, retry.",
};

/** An error of a step or of the run: class, code, message, and what may be done. */
export function StepProblemView({ problem }: { problem: StepProblem }) {
  const { class: kind, code, message, ...more } = problem;
  const others = Object.entries(more).filter(([, value]) => value !== null && value !== undefined);
  return (
    <div className="problem">
      <h3>
        {code} {kind !== code && <span className="dim">· {kind}</span>}
      </h3>
      <p>{message}</p>
      {others.map(([name, value]) => (
        <p key={name} className="dim">
          {name}: <span className="mono">{typeof value === "string" ? value : JSON.stringify(value)}</span>
        </p>
      ))}
      {HINTS[kind] && <p className="hint">{HINTS[kind]}</p>}
    </div>
  );
}
