import { shownProblem } from "@/api/problem";
import { Button } from "./Button";

/** Any error, as a problem: title, detail, each fault with its place and hint. */
export function ProblemView({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = shownProblem(error);
  return (
    <div className="problem" role="alert">
      <h3>
        {problem.title}
        {problem.status > 0 && <span className="dim"> · {problem.status}</span>}
      </h3>
      {problem.detail && <p>{problem.detail}</p>}
      {problem.errors.length > 0 && (
        <ul>
          {problem.errors.map((fault, index) => (
            <li key={`${fault.pointer} ${index}`}>
              {fault.pointer && <code>{fault.pointer} </code>}
              {fault.message}
              {fault.hint && <span className="hint"> — {fault.hint}</span>}
            </li>
          ))}
        </ul>
      )}
      {onRetry && (
        <div>
          <Button icon="retry" onClick={onRetry}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}
