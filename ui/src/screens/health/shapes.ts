// What the screen asks for, and under which keys it is kept.
import { useQuery } from "@tanstack/react-query";
import { api, call, got, type Schema } from "@/api/client";

/** The windows of time to choose from; the first is meant where none is named. */
export const WINDOWS = ["5m", "1m", "15m", "1h", "6h", "1d", "7d"] as const;

export interface Latency {
  p50: number;
  p95: number;
  p99: number;
}

export type VerdictState = "well" | "slow" | "saturated" | "failing" | "held" | "unknown";

export interface Point {
  at: string;
  calls: number;
  errors: number;
  run_p95: number | null;
  queue_p95: number | null;
}

export interface Measures {
  resource: string;
  calls: number;
  per_second: number;
  errors: number;
  error_rate: number;
  by_class: Record<string, number>;
  run: Latency | null;
  queue: Latency | null;
  in_flight: number;
  waiting: number;
  parked: number;
  usual: {
    source: "hour-of-week" | "recent";
    calls: number;
    error_rate: number;
    run: Latency | null;
    queue: Latency | null;
  } | null;
  verdict: { state: VerdictState; text: string };
  series?: Point[];
}

export interface StepMeasures extends Measures {
  step: string;
}

export interface Stats {
  at: string;
  window: number;
  bottleneck: { step: string; state: VerdictState; text: string } | null;
  steps: StepMeasures[];
  resources: Measures[];
}

export type Severity = "info" | "warning" | "critical";

export interface Alert {
  id: string;
  alert: string;
  title: string;
  severity: Severity;
  of: "step" | "resource" | "service";
  subject: string;
  status: "open" | "closed";
  text: string;
  because: string | null;
  opened_at: string;
  closed_at: string | null;
  webhook: "off" | "waiting" | "sent" | "failed";
  acknowledged: { by: string; at: string; note: string } | null;
  values: Record<string, unknown>;
}

export interface AlertRule {
  alert: string;
  title: string;
  of: "step" | "resource" | "service";
  severity: Severity;
  when: string;
  clear: string | null;
  for: number;
  clear_for: number;
  file: string;
  line: number;
  source: "shipped" | "project";
  enabled: boolean;
  problem: string | null;
}

export type Resource = Schema<"Resource">;

const EVERY = 5_000; // milliseconds: stretches of ten seconds do not change faster

export function useStats(window: string, series: boolean) {
  return useQuery({
    queryKey: ["steps", window, series],
    queryFn: () => call<Stats>("/v1/steps/stats", { query: { window, series: series || null } }),
    refetchInterval: EVERY,
    placeholderData: (before: Stats | undefined) => before,
  });
}

export function useAlerts(status: "open" | "all") {
  return useQuery({
    queryKey: ["alerts", status],
    queryFn: () => call<{ alerts: Alert[]; next: string | null }>("/v1/alerts", { query: { status, limit: "100" } }),
    refetchInterval: EVERY,
  });
}

export function useAlertRules(enabled: boolean) {
  return useQuery({
    queryKey: ["alerts", "rules"],
    queryFn: () => call<{ rules: AlertRule[] }>("/v1/alerts/rules"),
    enabled,
    refetchInterval: EVERY,
  });
}

export function useResources() {
  return useQuery({
    queryKey: ["resources"],
    queryFn: () => got(api.GET("/v1/resources")),
    refetchInterval: EVERY,
  });
}

export function useScale() {
  return useQuery({ queryKey: ["scale"], queryFn: () => got(api.GET("/v1/scale")), refetchInterval: EVERY });
}
