// Keys that do something: single ones, and `g` followed by another. Never while somebody types.
import { useEffect, useRef } from "react";

export interface Shortcut {
  /** A key as the event names it: `j`, `?`, `Enter`; or two with a blank between: `g r`. */
  keys: string;
  /** What it does, for the help. */
  does: string;
  run: (event: KeyboardEvent) => void;
}

const PAUSE = 1_200; // milliseconds within which the second key comes
const active: { current: Shortcut[] }[] = [];
let first = "";
let since = 0;

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function find(keys: string): Shortcut | undefined {
  for (const each of [...active].reverse()) {
    const found = each.current.find((shortcut) => shortcut.keys === keys);
    if (found) return found;
  }
  return undefined;
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.closest("a, button, summary")) return;
  const both = first !== "" && Date.now() - since < PAUSE ? `${first} ${event.key}` : "";
  const found = (both && find(both)) || find(event.key);
  first = found ? "" : event.key;
  since = Date.now();
  if (found) {
    event.preventDefault();
    found.run(event);
  }
}

document.addEventListener("keydown", onKey);

/** Keys that hold while the component is there; the latest component goes first. */
export function useShortcuts(shortcuts: Shortcut[]): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    active.push(latest);
    return () => {
      active.splice(active.indexOf(latest), 1);
    };
  }, []);
}

/** All that hold now, for the help. */
export function activeShortcuts(): Shortcut[] {
  return active.flatMap((each) => each.current);
}

/** Put the cursor into the screen's filter: the element with `data-filter`. */
export function focusFilter(): void {
  const filter = document.querySelector<HTMLInputElement>("[data-filter]");
  filter?.focus();
  if (filter && "select" in filter) filter.select();
}
