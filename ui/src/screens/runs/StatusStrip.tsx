import { useQuery } from "@tanstack/react-query";
import { call } from "@/api/client";
import { type RunStatus, STATUSES } from "@/api/types";
import { useLive } from "@/live/live";
import { Glyph, lookOf } from "@/parts/Badge";
import { compact, whole } from "@/parts/format";
import { asked, type Filters, unfiltered } from "./filters";

interface Count {
  count: number;
  by_status: Partial<Record<RunStatus, number>>;
}

/** How many runs there are by status, as far as the other filters let them in. */
export function useCounts(filters: Filters): Partial<Record<RunStatus, number>> | null {
  const others: Filters = { ...filters, status: [], sort: "newest" };
  const all = unfiltered(others);
  const live = useLive();
  const told = all ? live.counts : null;
  const counted = useQuery({
    queryKey: all ? ["runs", "count"] : ["runs", "count", others], // the navigation asks for all too
    queryFn: () => call<Count>("/v1/runs/count", { query: asked(others) }),
    enabled: told === null,
  });
  return told ?? counted.data?.by_status ?? null;
}

interface Props {
  filters: Filters;
  counts: Partial<Record<RunStatus, number>> | null;
  onChange: (status: readonly RunStatus[]) => void;
}

/** The statuses with their counts; each is a switch. */
export function StatusStrip({ filters, counts, onChange }: Props) {
  const shown = STATUSES.filter((status) => (counts?.[status] ?? 0) > 0 || filters.status.includes(status));
  const total = Object.values(counts ?? {}).reduce((sum, each) => sum + (each ?? 0), 0);
  const toggle = (status: RunStatus): void => {
    const on = filters.status.includes(status);
    onChange(on ? filters.status.filter((each) => each !== status) : [...filters.status, status]);
  };
  return (
    <div className="strip" role="group" aria-label="Statuses">
      <button type="button" aria-pressed={filters.status.length === 0} onClick={() => onChange([])}>
        All <b title={whole(total)}>{counts === null ? "–" : compact(total)}</b>
      </button>
      {shown.map((status) => {
        const { tone, shape } = lookOf(status);
        const count = counts?.[status] ?? 0;
        return (
          <button
            key={status}
            type="button"
            data-tone={tone}
            aria-pressed={filters.status.includes(status)}
            onClick={() => toggle(status)}
          >
            <Glyph shape={shape} />
            {status} <b title={whole(count)}>{compact(count)}</b>
          </button>
        );
      })}
    </div>
  );
}
