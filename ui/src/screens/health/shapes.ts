// What the screen asks for, and under which keys it is kept.
import { useQuery } from "@tanstack/react-query";
import { api, call, got, type Schema } from "@/api/client";

/** The windows of time to choose from; the first is meant where none is named. */
export const WINDOWS = ["5m", "1m", "15m", "1h", "6h", "1d", "7d"] as const;

export type VerdictState = Schema<"StatVerdict">["state"];
export type Point = Schema<"StatPoint">;
export type StepMeasures = Schema<"StepStat">;
export type Stats = Schema<"StepStats">;
export type Alert = Schema<"Alert">;
export type AlertRule = Schema<"AlertRule">;
export type Severity = Alert["severity"];
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
