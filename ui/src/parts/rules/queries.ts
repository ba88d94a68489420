// What screens ask about rulesets, each under one key.
import { useQuery } from "@tanstack/react-query";
import { api, call, got } from "@/api/client";
import type { RulesetFile } from "./shapes";

/** What is active, and what is wrong; the stream keeps it new. */
export function useRulesetStatus() {
  return useQuery({ queryKey: ["ruleset"], queryFn: () => got(api.GET("/v1/ruleset")) });
}

export function useDecisions() {
  return useQuery({
    queryKey: ["decisions", "list"],
    queryFn: () => got(api.GET("/v1/decisions")),
  });
}

/** The rulesets that were active, newest first. */
export function useRulesets() {
  return useQuery({
    queryKey: ["rulesets", "list"],
    queryFn: () => got(api.GET("/v1/rulesets", { params: { query: { limit: 100 } } })),
  });
}

/** What differs between two rulesets, by rule. */
export function useDiff(from: string | null, to: string | null) {
  return useQuery({
    queryKey: ["rulesets", "diff", from, to],
    queryFn: () =>
      got(api.GET("/v1/rulesets/{a}/diff/{b}", { params: { path: { a: from ?? "", b: to ?? "" } } })),
    enabled: from !== null && to !== null,
  });
}

export function useRulesetFiles(digest: string) {
  return useQuery({
    queryKey: ["rulesets", "files", digest],
    queryFn: () => got(api.GET("/v1/rulesets/{digest}/files", { params: { path: { digest } } })),
  });
}

/** The text of one file of a ruleset; what a digest holds never changes. */
export function useRulesetFile(digest: string, path: string | null) {
  return useQuery({
    queryKey: ["rulesets", "file", digest, path],
    queryFn: () => call<RulesetFile>(`/v1/rulesets/${digest}/files/${(path ?? "").split("/").map(encodeURIComponent).join("/")}`),
    enabled: path !== null && path !== "",
    staleTime: /^[0-9a-f]{64}$/.test(digest) ? Number.POSITIVE_INFINITY : 0,
  });
}
