// Times, lengths of time and numbers, as a reader takes them in at a glance.

const WHOLE = new Intl.NumberFormat("en-GB");
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const FULL = new Intl.DateTimeFormat("en-GB", {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  timeZoneName: "short",
});
const UNITS: [string, number][] = [
  ["y", 365 * 86_400],
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
];

/** `12,345` */
export function whole(value: number): string {
  return WHOLE.format(value);
}

/** `999`, `12k`, `1.2M`: for where there is little room. */
export function compact(value: number): string {
  if (value < 1_000) return String(value);
  if (value < 10_000) return `${(value / 1_000).toFixed(1)}k`;
  if (value < 1_000_000) return `${Math.round(value / 1_000)}k`;
  return `${(value / 1_000_000).toFixed(1)}M`;
}

/** `0.42`, `1.5`, `310`: three figures at most. */
export function figure(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 100) return whole(Math.round(value));
  return String(Number(value.toPrecision(value < 1 ? 2 : 3)));
}

/** A share between 0 and 1: `4.1 %`. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/** A length in seconds: `340 µs`, `12 ms`, `4.1 s`, `3 min 20 s`, `2 h 5 min`, `3 d`. */
export function duration(seconds: number): string {
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds === 0) return "0 s";
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${figure(seconds * 1000)} ms`;
  if (seconds < 60) return `${figure(seconds)} s`;
  if (seconds < 3_600) return both(seconds, 60, "min", 1, "s");
  if (seconds < 86_400) return both(seconds, 3_600, "h", 60, "min");
  return both(seconds, 86_400, "d", 3_600, "h");
}

function both(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const first = Math.floor(seconds / large);
  const rest = Math.floor((seconds - first * large) / small);
  return rest === 0 ? `${first} ${largeName}` : `${first} ${largeName} ${rest} ${smallName}`;
}

/** The seconds between two moments, the second of which may be now. */
export function between(from: string, to: string | null, now = Date.now()): number {
  return ((to === null ? now : Date.parse(to)) - Date.parse(from)) / 1000;
}

/** `just now`, `4 min ago`, `in 2 h`. */
export function ago(at: string, now = Date.now()): string {
  const seconds = (now - Date.parse(at)) / 1000;
  const size = Math.abs(seconds);
  if (size < 5) return "just now";
  const [unit, length] = UNITS.find(([, each]) => size >= each) ?? ["s", 1];
  const text = `${Math.floor(size / length)} ${unit}`;
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

/** `14:03:22` today, `27 Nov 14:03:22` on another day. */
export function moment(at: string, now = Date.now()): string {
  const time = new Date(at);
  const today = new Date(now).toDateString() === time.toDateString();
  return today ? CLOCK.format(time) : `${DAY.format(time)} ${CLOCK.format(time)}`;
}

/** The moment to the millisecond, with its zone. */
export function fullMoment(at: string): string {
  return FULL.format(new Date(at));
}

/** The first and last characters of an id or digest, which tell it apart. */
export function shortId(id: string): string {
  return id.length > 14 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
}

/** The first digits of a digest. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 10);
}
