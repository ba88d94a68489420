import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { api, got } from "@/api/client";
import { useLive } from "@/live/live";
import { Button } from "@/parts/Button";
import { compact, whole } from "@/parts/format";
import { Icon } from "@/parts/Icon";
import mark from "@/style/mark.svg";
import { PLACES, preload } from "./screens";
import { switchTheme, useTheme } from "./theme";

interface Count {
  value: number;
  tone: "still" | "warn" | "bad";
  /** What is counted, for who cannot see where it stands. */
  says: string;
}

/** How many runs there are by status: as the stream tells, or asked for. */
function useCounts(): Record<string, number> {
  const live = useLive();
  const asked = useQuery({
    queryKey: ["runs", "count"],
    queryFn: () => got(api.GET("/v1/runs/count")),
    enabled: live.counts === null,
  });
  return live.counts ?? asked.data?.by_status ?? {};
}

function useNavCounts(): Record<string, Count> {
  const runs = useCounts();
  const { alerts } = useLive();
  const active = ["queued", "running", "undoing"].reduce((sum, status) => sum + (runs[status] ?? 0), 0);
  const stuck = runs["incident"] ?? 0;
  const inbox = stuck + (runs["waiting"] ?? 0) + (runs["parked"] ?? 0);
  const open = alerts?.open ?? 0;
  return {
    "/runs": { value: active, tone: "still", says: "going on" },
    "/inbox": { value: inbox, tone: stuck > 0 ? "bad" : "warn", says: "waiting for somebody" },
    "/health": { value: open, tone: alerts?.worst === "critical" ? "bad" : "warn", says: "alerts open" },
  };
}

export function Navigation({ onHelp }: { onHelp: () => void }) {
  const [location] = useLocation();
  const counts = useNavCounts();
  return (
    <nav className="nav" aria-label="Screens">
      <Link href="/runs" className="brand">
        <img src={mark} alt="" />
        rulesflow
      </Link>
      <ul>
        {PLACES.map((place) => {
          const here = location === place.path || location.startsWith(`${place.path}/`);
          const count = counts[place.path];
          return (
            <li key={place.path}>
              <Link
                href={place.path}
                className="place"
                aria-current={here ? "page" : undefined}
                onPointerEnter={() => void preload(place.path)}
              >
                <Icon name={place.icon} />
                {place.title}
                {count !== undefined && count.value > 0 && (
                  <span className="count" data-tone={count.tone} title={`${whole(count.value)} ${count.says}`}>
                    {compact(count.value)}
                    <span className="unseen"> {count.says}</span>
                  </span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
      <div className="foot">
        <LiveIndicator />
        <div className="row tight">
          <ThemeSwitch />
          <Button kind="quiet" icon="keyboard" aria-label="Keys" title="Keys (?)" onClick={onHelp} />
          <a className="button" data-kind="quiet" href="/docs" title="The service's REST calls, to read and try">
            API
          </a>
        </div>
      </div>
    </nav>
  );
}

const WORDS = {
  connecting: ["Connecting", "The page is about to hear from the service"],
  live: ["Live", "The service tells this page of each change"],
  again: ["Reconnecting", "The connection broke; the page tries again by itself"],
  polling: ["Every 5 s", "The service tells nothing by itself, so the page asks"],
  refused: ["Not live", "The service does not let this page listen; reload it to try again"],
  ended: ["Not live", "The service has ended the connection"],
} as const;

function LiveIndicator() {
  const { state } = useLive();
  const [word, title] = WORDS[state];
  return (
    <span className="live" data-state={state} title={title} role="status">
      <i />
      {word}
    </span>
  );
}

function ThemeSwitch() {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <Button
      kind="quiet"
      icon={theme === "dark" ? "sun" : "moon"}
      aria-label={`Switch to ${other}`}
      title={`Switch to ${other}`}
      onClick={switchTheme}
    />
  );
}
