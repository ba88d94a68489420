// What the screen asks. Numbers stay exact, so nothing that is kept is merged with what was kept before.
import { useQuery } from "@tanstack/react-query";
import { call } from "@/api/client";
import type { EffectiveRules } from "@/parts/rules/shapes";
import type { JsonSchema } from "@/parts/SchemaForm";
import { resolved } from "./factsSchema";
import type { Case, DecisionReply, Question, RunsDecision } from "./shapes";
import { type Facts, isFacts, merged, withFact } from "./values";

/** The schema of the facts; null where the service does not tell it. */
export function useFactsSchema() {
  return useQuery({
    queryKey: ["decisions", "facts"],
    queryFn: async () => resolved((await call<{ schema: JsonSchema }>("/v1/facts")).schema),
  });
}

/** The facts that a decision reads, as dotted paths. */
export function useReads(decision: string) {
  return useQuery({
    queryKey: ["decisions", decision, []],
    queryFn: () => call<EffectiveRules>(`/v1/decisions/${encodeURIComponent(decision)}`),
    select: (found) => found.reads,
    enabled: decision !== "",
  });
}

/** The cases that stand beside a decision's files. */
export function useCases(decision: string) {
  return useQuery({
    queryKey: ["decisions", decision, "cases"],
    queryFn: () =>
      call<{ cases: Case[] }>(`/v1/decisions/${encodeURIComponent(decision)}/cases`, { exact: true }),
    select: (found) => found.cases,
    structuralSharing: false,
    enabled: decision !== "",
  });
}

/** Decide. `ruleset`: by another one than the active. Throws `Refusal`. */
export function decide({ decision, facts, at }: Question, ruleset: string, explain: "full" | "matched") {
  return call<DecisionReply>(`/v1/decisions/${encodeURIComponent(decision)}`, {
    query: { ruleset },
    body: { facts, explain, ...(at === "" ? {} : { at }) },
    exact: true,
  });
}

/** The answer to a question, by the active ruleset or another; asked again when the rules change. */
export function useAnswer(question: Question | null, ruleset: string) {
  const text = question === null ? "" : JSON.stringify(question);
  return useQuery({
    queryKey: ["decisions", "answer", ruleset, text],
    queryFn: () => decide(question as Question, ruleset, "full"),
    enabled: question !== null,
    structuralSharing: false,
    placeholderData: (before) => (before?.decision === question?.decision ? before : undefined),
    refetchOnWindowFocus: false,
  });
}

interface Entry {
  type: string;
  key?: string;
  at: string;
  decision?: string;
  digest?: string;
  result?: unknown;
  input?: unknown;
  set_facts?: { fact: string; value: unknown }[];
}

/** A decision of a run, with the facts that the run's input gave it. */
export function useRunsDecision(run: string, key: string) {
  return useQuery({
    queryKey: ["run", run, "decision", key],
    queryFn: async (): Promise<RunsDecision | null> => {
      const path = `/v1/runs/${encodeURIComponent(run)}/history`;
      const { entries } = await call<{ entries: Entry[] }>(path, { query: { limit: 10_000 }, exact: true });
      const found = entries.find((each) => each.type === "decision" && (key === "" || each.key === key));
      const input = entries.find((each) => each.type === "started")?.input;
      if (!found?.decision) return null;
      return {
        decision: found.decision,
        key: found.key ?? "",
        result: found.result,
        digest: found.digest ?? "",
        at: found.at,
        facts: withSetFacts(isFacts(input) ? input : {}, found.set_facts ?? []),
      };
    },
    enabled: run !== "",
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function withSetFacts(input: Facts, given: { fact: string; value: unknown }[]): Facts {
  return given.reduce((facts, { fact, value }) => merged(facts, withFact({}, fact, value)), input);
}
