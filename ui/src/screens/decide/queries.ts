// What the screen asks. Numbers stay exact, so nothing that is kept is merged with what was kept before.
import { useQuery } from "@tanstack/react-query";
import { api, call, got, type Schema } from "@/api/client";
import type { EffectiveRules } from "@/parts/rules/shapes";
import type { JsonSchema } from "@/parts/SchemaForm";
import { resolved } from "./factsSchema";
import type { DecisionReply, Question, RunsDecision } from "./shapes";
import { type Facts, merged, withFact } from "./values";

/** The schema of the facts; null where the service does not tell it. */
export function useFactsSchema() {
  return useQuery({
    queryKey: ["decisions", "facts"],
    queryFn: async () => resolved((await got(api.GET("/v1/facts"))).schema as JsonSchema),
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
      call<Schema<"CaseList">>(`/v1/decisions/${encodeURIComponent(decision)}/cases`, { exact: true }),
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

/** A decision of a run, with the facts that it was taken on; null where there is none. `entry`: its number. */
export function useRunsDecision(run: string, key: string, entry: string) {
  return useQuery({
    queryKey: ["run", run, "decision", key, entry],
    queryFn: async (): Promise<RunsDecision | null> => {
      const path = `/v1/runs/${encodeURIComponent(run)}/decisions`;
      const { decisions } = await call<Schema<"RunDecisions">>(path, { query: { key }, exact: true });
      const found = decisions.find(({ number }) => String(number) === entry) ?? decisions.at(-1);
      return found ? { ...found, facts: withSetFacts(found.facts, found.set_facts ?? []) } : null;
    },
    enabled: run !== "",
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function withSetFacts(first: Facts, given: readonly Schema<"FactThatIsSet">[]): Facts {
  return given.reduce((facts, { fact, value }) => merged(facts, withFact({}, fact, value)), first);
}
