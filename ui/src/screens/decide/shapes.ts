// What the service tells of a decision that it took, by short names.
import type { Schema } from "@/api/client";

export type Match = Schema<"Match">;
export type Account = Schema<"Account">;
export type Flip = Schema<"Flip">;
export type DecisionReply = Schema<"DecisionReply">;
export type Case = Schema<"DecisionCase">;
export type Candidate = Schema<"TriedCandidate">;
/** A decision of a run's history, with the facts that it was taken on. */
export type RunsDecision = Schema<"RunDecisionInFull">;

/** What is asked of the service. */
export interface Question {
  decision: string;
  facts: unknown;
  at: string;
}
