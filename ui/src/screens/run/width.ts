import { useSyncExternalStore } from "react";

/** Whether the window is at least so many px wide, as it changes. */
export function useWide(width: number): boolean {
  return useSyncExternalStore(
    (watcher) => {
      const query = window.matchMedia(`(min-width: ${width}px)`);
      query.addEventListener("change", watcher);
      return () => query.removeEventListener("change", watcher);
    },
    () => window.matchMedia(`(min-width: ${width}px)`).matches,
  );
}
