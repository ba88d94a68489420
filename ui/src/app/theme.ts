// Light or dark: by the system, until somebody chooses. The choice stays in this browser.
import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const PLACE = "rulesflow.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const watchers = new Set<() => void>();

function chosen(): Theme | null {
  const kept = localStorage.getItem(PLACE);
  return kept === "light" || kept === "dark" ? kept : null;
}

function current(): Theme {
  return chosen() ?? (system.matches ? "dark" : "light");
}

/** Show the theme of now, and again whenever it changes. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = current();
  for (const watcher of watchers) watcher();
}

system.addEventListener("change", applyTheme);

/** The other theme from now on; back to the system's where that is the same. */
export function switchTheme(): void {
  const next: Theme = current() === "dark" ? "light" : "dark";
  if (next === (system.matches ? "dark" : "light")) localStorage.removeItem(PLACE);
  else localStorage.setItem(PLACE, next);
  applyTheme();
}

export function useTheme(): Theme {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, current);
}
