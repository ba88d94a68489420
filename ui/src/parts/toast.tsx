// Short words about what was done; they go by themselves, problems stay until they are closed.
import { useSyncExternalStore } from "react";
import { shownProblem } from "@/api/problem";
import { Icon } from "./Icon";

interface Toast {
  id: number;
  tone: "good" | "bad";
  text: string;
}

const STAYS = 6_000; // milliseconds
let toasts: Toast[] = [];
let last = 0;
const watchers = new Set<() => void>();

function change(next: Toast[]): void {
  toasts = next;
  for (const watcher of watchers) watcher();
}

function drop(id: number): void {
  change(toasts.filter((each) => each.id !== id));
}

/** Say that something was done. */
export function toast(text: string, tone: "good" | "bad" = "good"): void {
  const id = ++last;
  change([...toasts.slice(-3), { id, tone, text }]);
  if (tone === "good") setTimeout(() => drop(id), STAYS);
}

/** Say what went wrong, where no better place is there for it. */
export function toastProblem(error: unknown): void {
  const problem = shownProblem(error);
  toast(problem.detail ? `${problem.title}: ${problem.detail}` : problem.title, "bad");
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((each) => (
        <div key={each.id} className="toast" data-tone={each.tone}>
          <span className="grow">{each.text}</span>
          <button type="button" aria-label="Close" onClick={() => drop(each.id)}>
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
    </div>
  );
}
