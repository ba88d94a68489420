// What can be done with the run as it stands, and the dialogs that ask first.
import { Button } from "@/parts/Button";
import { ENDED } from "@/api/types";
import type { Links } from "../selection";
import type { Run, RunGraph, Wait } from "../shapes";
import { CancelDialog, PauseDialog, RerunDialog, ResumeDialog } from "./OrderDialogs";
import { RetryDialog } from "./RetryDialog";
import { SignalDialog } from "./SignalDialog";

export type Opened =
  | { action: "signal"; waits: readonly Wait[] }
  | { action: "retry"; waits: readonly Wait[]; path: string | null }
  | { action: "rerun"; path: string | null }
  | { action: "pause" | "resume" | "cancel" };

/** The waits for a signal, and what may be tried again. */
export function openTo(run: Run): { signals: Wait[]; retries: Wait[] } {
  const waits = run.waiting_for;
  const incidents = waits.filter((wait) => wait.kind === "operator");
  const parks = waits.filter((wait) => wait.kind === "park");
  return { signals: waits.filter((wait) => wait.kind === "signal"), retries: [...incidents, ...parks] };
}

/** Whether the run has ended: nothing can be ordered then. */
function over(run: Run): boolean {
  return ENDED.has(run.status);
}

interface Props {
  run: Run;
  onOpen: (opened: Opened) => void;
}

/** The buttons of the header. */
export function ActionButtons({ run, onOpen }: Props) {
  if (over(run)) return null;
  const { signals, retries } = openTo(run);
  const undoing = run.status === "undoing";
  const incident = retries.some((wait) => wait.kind === "operator");
  const [first] = signals;
  return (
    <>
      {first && !undoing && (
        <Button kind="primary" icon="check" onClick={() => onOpen({ action: "signal", waits: signals })}>
          {signals.length === 1 ? `Answer ${first.signal}` : "Answer…"}
        </Button>
      )}
      {retries.length > 0 && (
        <Button kind={incident ? "primary" : "plain"} icon="retry" onClick={() => onOpen({ action: "retry", waits: retries, path: null })}>
          Retry
        </Button>
      )}
      {run.status === "paused" ? (
        <Button icon="play" kind="primary" onClick={() => onOpen({ action: "resume" })}>
          Resume
        </Button>
      ) : (
        <Button icon="pause" onClick={() => onOpen({ action: "pause" })}>
          Pause
        </Button>
      )}
      {!undoing && run.path.length > 0 && (
        <Button onClick={() => onOpen({ action: "rerun", path: null })}>Rerun from…</Button>
      )}
      {!undoing && (
        <Button kind="danger" icon="stop" onClick={() => onOpen({ action: "cancel" })}>
          Cancel
        </Button>
      )}
    </>
  );
}

/** What can be done with one step. */
export function StepActions({ run, path, links, onOpen }: Props & { path: string; links: Links }) {
  if (over(run)) return null;
  const { signals, retries } = openTo(run);
  const here = (wait: Wait): boolean => wait.path === path || links.nodeOf(wait.path) === path;
  const signal = signals.find(here);
  const retry = retries.find(here);
  const rerun = run.status !== "undoing" && !path.includes("/") && run.path.some((each) => each.path === path);
  if (!signal && !retry && !rerun) return null;
  return (
    <div className="row wrap">
      {signal && (
        <Button kind="primary" icon="check" onClick={() => onOpen({ action: "signal", waits: signals.filter(here) })}>
          Answer {signal.signal}
        </Button>
      )}
      {retry && (
        <Button kind="primary" icon="retry" onClick={() => onOpen({ action: "retry", waits: retries, path: retry.path })}>
          Retry
        </Button>
      )}
      {rerun && <Button onClick={() => onOpen({ action: "rerun", path })}>Rerun from here</Button>}
    </div>
  );
}

interface DialogProps {
  opened: Opened | null;
  run: Run;
  graph: RunGraph | undefined;
  links: Links;
  onClose: () => void;
}

/** The dialog that is open. It keeps what it was opened for, though the run may move on meanwhile. */
export function ActionDialog({ opened, run, graph, links, onClose }: DialogProps) {
  const common = { run, graph, links, onClose };
  switch (opened?.action) {
    case "signal":
      return <SignalDialog waits={opened.waits} {...common} />;
    case "retry":
      return <RetryDialog waits={opened.waits} first={opened.path} run={run} links={links} onClose={onClose} />;
    case "rerun":
      return <RerunDialog first={opened.path} {...common} />;
    case "pause":
      return <PauseDialog {...common} />;
    case "resume":
      return <ResumeDialog {...common} />;
    case "cancel":
      return <CancelDialog {...common} />;
    default:
      return null;
  }
}
