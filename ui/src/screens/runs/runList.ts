// The rows of the list: pages that are fetched as the reader scrolls, and kept up to date where he looks.
//
// Nothing moves under the reader's eyes: what came, and what no longer fits, waits until he lets it in, or until
// he is at the top and looks elsewhere. What changed otherwise changes in place.
import type { RunSummary } from "@/api/types";

export interface Page {
  runs: RunSummary[];
  next?: string | null;
}

export type Fetch = (cursor: string | null, limit: number, signal: AbortSignal) => Promise<Page>;

export interface Listed {
  rows: readonly RunSummary[];
  /** Rows that are shown although they no longer fit. */
  gone: ReadonlySet<string>;
  /** How many runs wait to be let in. */
  fresh: number;
  /** Whether the last row is there. */
  whole: boolean;
  /** Whether anything was fetched yet. */
  begun: boolean;
  loading: boolean;
  error: unknown;
}

const FIRST = 100;
const FURTHER = 200;
const MOST = 1000; // rows that one call fetches
const EMPTY: Listed = {
  rows: [],
  gone: new Set(),
  fresh: 0,
  whole: false,
  begun: false,
  loading: false,
  error: null,
};

export class RunList {
  /** Where the reader stands: pixels from the top. */
  offset = 0;
  private listed = EMPTY;
  private next: string | null = null;
  private incoming = new Map<string, RunSummary>();
  /** The cursor of what follows a row, by the row's id: where a part of the list can be fetched again. */
  private readonly marks = new Map<string, string>();
  /** Rows that changed since they were fetched; null for any. */
  private stale: Set<string> | null = new Set();
  private readonly watchers = new Set<() => void>();
  private stopped = new AbortController();
  private refreshing: Promise<void> | null = null;

  constructor(
    private readonly fetch: Fetch,
    private readonly newestFirst: boolean,
  ) {}

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly current = (): Listed => this.listed;

  /** Begin with the first page, or go on with the rows that were left, of which any may be stale; return how to stop. */
  open(): () => void {
    this.stopped = new AbortController();
    if (this.listed.rows.length > 0) {
      this.touch(null);
      this.change({ loading: false, error: null });
    } else {
      this.change(EMPTY);
      void this.more();
    }
    return () => this.stopped.abort();
  }

  /** Fetch the next page, unless one is on its way or there is none. */
  async more(): Promise<void> {
    const { loading, whole, begun, rows } = this.listed;
    if (loading || whole) return;
    this.change({ loading: true, error: null });
    await this.guarded(async () => {
      const page = await this.fetch(begun ? this.next : null, begun ? FURTHER : FIRST, this.stopped.signal);
      const known = new Set(rows.map((run) => run.id));
      const added = page.runs.filter((run) => !known.has(run.id));
      this.mark(page);
      this.next = page.next ?? null;
      this.change({ rows: [...this.listed.rows, ...added], whole: this.next === null, begun: true });
    });
    this.change({ loading: false });
  }

  /** Note what changed: the ids, or null where they are not known. */
  touch(changed: readonly string[] | null): void {
    if (changed === null) this.stale = null;
    else for (const id of changed) this.stale?.add(id);
  }

  /** Fetch anew what is stale among the rows that are seen, and what may have come. */
  async refresh(from: number, to: number): Promise<void> {
    if (!this.listed.begun) return this.more(); // the first call may have failed
    if (this.refreshing) return this.refreshing;
    this.refreshing = this.guarded(() => this.refreshSeen(from, to)).finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  /** The reader has come to other rows: fetch those that have changed since. */
  async look(from: number, to: number): Promise<void> {
    const stale = this.stale;
    const seen = this.listed.rows.slice(from, to + 1);
    if (stale === null || seen.some((run) => stale.has(run.id))) await this.refresh(from, to);
  }

  /** Let in what waits, and take out what no longer fits. */
  settle(): void {
    if (this.incoming.size === 0 && this.listed.gone.size === 0) return;
    const kept = this.listed.rows.filter((run) => !this.listed.gone.has(run.id));
    const rows = merged(kept, [...this.incoming.values()], this.newestFirst);
    this.incoming.clear();
    this.change({ rows, gone: new Set(), fresh: 0 });
  }

  private async refreshSeen(from: number, to: number): Promise<void> {
    const stale = this.stale;
    this.stale = new Set(); // what changes meanwhile comes into it
    const { rows } = this.listed;
    const known = new Set(rows.map((run) => run.id));
    const seen = rows.slice(from, to + 1).map((run) => run.id);
    const came = stale === null || [...stale].some((id) => !known.has(id));
    const touched = stale === null || seen.some((id) => stale.has(id));
    const covered = came || (touched && from < FIRST) ? await this.refetch(0, FIRST) : -1;
    if (touched && to > covered) {
      const start = this.startBefore(from);
      await this.refetch(start, Math.min(MOST, to - start + 1));
    }
    const left = stale ?? known;
    for (const id of seen) left.delete(id);
    for (const id of left) if (known.has(id)) this.stale?.add(id);
  }

  /** The row from which on the list can be fetched so that a row is among them. */
  private startBefore(index: number): number {
    for (let at = Math.min(index, this.listed.rows.length) - 1; at >= 0; at--) {
      const run = this.listed.rows[at];
      if (run && this.marks.has(run.id)) return at + 1;
    }
    return 0;
  }

  /** Fetch a part again; the last row that it covers. */
  private async refetch(start: number, limit: number): Promise<number> {
    const before = this.listed.rows[start - 1];
    const cursor = before ? (this.marks.get(before.id) ?? null) : null;
    const page = await this.fetch(cursor, limit, this.stopped.signal);
    this.mark(page);
    const last = page.runs.at(-1);
    const rows = [...this.listed.rows];
    const places = new Map(rows.map((run, index) => [run.id, index]));
    const end = !page.next || !last ? rows.length - 1 : (places.get(last.id) ?? this.placeOf(last));
    const fetched = new Set<string>();
    for (const run of page.runs) {
      fetched.add(run.id);
      const place = places.get(run.id);
      if (place !== undefined) rows[place] = run;
      else if (end < rows.length - 1 || this.listed.whole || this.precedes(run, rows.at(-1))) {
        this.incoming.set(run.id, run);
      }
    }
    const gone = new Set(this.listed.gone);
    rows.forEach((run, index) => {
      if (fetched.has(run.id)) gone.delete(run.id);
      else if (index >= start && index <= end) gone.add(run.id);
    });
    for (const id of this.incoming.keys()) if (places.has(id)) this.incoming.delete(id);
    this.change({ rows, gone, fresh: this.incoming.size, error: null });
    return end;
  }

  private placeOf(run: RunSummary): number {
    const found = this.listed.rows.findIndex((each) => !this.precedes(each, run));
    return (found === -1 ? this.listed.rows.length : found) - 1;
  }

  private precedes(one: RunSummary, other: RunSummary | undefined): boolean {
    if (other === undefined) return true;
    return this.newestFirst ? moment(one) > moment(other) : moment(one) < moment(other);
  }

  private mark(page: Page): void {
    const last = page.runs.at(-1);
    if (last && page.next) this.marks.set(last.id, page.next);
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.stopped.signal.aborted) this.change({ error });
    }
  }

  private change(part: Partial<Listed>): void {
    if (this.stopped.signal.aborted) return;
    this.listed = { ...this.listed, ...part };
    for (const watcher of this.watchers) watcher();
  }
}

/** Where a run stands in the order of time: its beginning to the nanosecond, then its id. */
function moment(run: RunSummary): string {
  const [whole = "", fraction = ""] = run.created_at.replace("Z", "").split(".");
  return `${whole}.${fraction.padEnd(9, "0")} ${run.id}`;
}

function merged(rows: RunSummary[], added: RunSummary[], newestFirst: boolean): RunSummary[] {
  const known = new Set(rows.map((run) => run.id));
  const sign = newestFirst ? -1 : 1;
  const sorted = added
    .filter((run) => !known.has(run.id))
    .map((run) => ({ run, at: moment(run) }))
    .sort((one, other) => (one.at < other.at ? -sign : sign));
  const result: RunSummary[] = [];
  let next = 0;
  for (const run of rows) {
    const at = moment(run);
    for (let each = sorted[next]; each && (newestFirst ? each.at > at : each.at < at); each = sorted[++next]) {
      result.push(each.run);
    }
    result.push(run);
  }
  return [...result, ...sorted.slice(next).map((each) => each.run)];
}
