import { useSyncExternalStore } from "react";
import { ago, duration, fullMoment, moment } from "./format";

const watchers = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of watchers) each();
  }, 1000);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time of now, in milliseconds, moving on each second: one clock for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

/** How long ago, moving on; the exact moment on hover. */
export function Ago({ at }: { at: string }) {
  const time = useNow();
  return (
    <time dateTime={at} title={fullMoment(at)}>
      {ago(at, Math.max(time, Date.now()))}
    </time>
  );
}

/** The moment by the clock; exact on hover. */
export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} title={fullMoment(at)}>
      {moment(at)}
    </time>
  );
}

/** The time between two moments; while `to` is null it goes on. */
export function Lasting({ from, to }: { from: string; to: string | null }) {
  const time = useNow();
  const end = to === null ? Math.max(time, Date.now()) : Date.parse(to);
  const seconds = Math.max(0, (end - Date.parse(from)) / 1000);
  return <span title={fullMoment(from)}>{duration(to === null ? Math.floor(seconds) : seconds)}</span>;
}
