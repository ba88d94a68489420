// What the service tells of a decision that it took.
import type { RulePlace } from "@/parts/rules/shapes";

export interface Match extends RulePlace {
  rule: string;
  because: string | null;
}

export interface Account extends RulePlace {
  rule: string;
  fired: boolean;
  failed?: { test: string; value: unknown; error?: string };
  overruled?: boolean;
}

export interface Flip {
  fact: string;
  from: unknown;
  to: unknown;
  test?: string;
  result: unknown;
  matched: Match[];
}

/** `POST /v1/decisions/{decision}` with `explain: full`. */
export interface DecisionReply {
  id: string;
  decision: string;
  result: unknown;
  matched: Match[];
  layers: string[];
  digest: string;
  at: string;
  explanation?: { rules: Account[]; flips: Flip[] };
  set_facts?: { fact: string; value: unknown; pattern: string; until: string }[];
}

export interface Case {
  case: string;
  facts: unknown;
  at: string | null;
  expect: unknown;
  file: string;
  line: number;
}

/** What is asked of the service. */
export interface Question {
  decision: string;
  facts: unknown;
  at: string;
}

/** A decision of a run's history, with the input of the run. */
export interface RunsDecision {
  decision: string;
  key: string;
  result: unknown;
  digest: string;
  at: string;
  facts: unknown;
}
