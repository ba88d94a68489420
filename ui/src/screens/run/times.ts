// Times to the microsecond, as the service writes them: a millisecond is long for a decision.

/** Milliseconds since 1970, with their fraction. */
export function millis(at: string): number {
  const fraction = /\.(\d+)/.exec(at)?.[1] ?? "";
  const beyond = fraction.slice(3, 6);
  return Date.parse(at) + (beyond === "" ? 0 : Number(beyond.padEnd(3, "0")) / 1000);
}

/** The seconds between two moments, the second of which may be now. */
export function lasted(from: string, to: string | null, now = Date.now()): number {
  return Math.max(0, ((to === null ? now : millis(to)) - millis(from)) / 1000);
}
