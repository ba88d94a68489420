// The API key, where the service wants one: kept in this tab only, and asked for at the first 401.
import { useSyncExternalStore } from "react";

const PLACE = "rulesflow.key";
const listeners = new Set<() => void>();
let asked = false;

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The key that is sent; null where none is known. */
export function currentKey(): string | null {
  return sessionStorage.getItem(PLACE);
}

/** Keep a key for this tab; null forgets it. */
export function keepKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(PLACE);
  else sessionStorage.setItem(PLACE, key);
  asked = false;
  tell();
}

/** Let the page ask for a key, since the service answered 401. */
export function askForKey(): void {
  if (!asked) {
    asked = true;
    tell();
  }
}

/** Whether the page is to ask for a key now. */
export function useKeyAsked(): boolean {
  return useSyncExternalStore(subscribe, () => asked);
}

/** The headers that tell who calls. */
export function authorization(): Record<string, string> {
  const key = currentKey();
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}
