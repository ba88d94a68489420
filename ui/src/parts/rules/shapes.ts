// What the service tells of rulesets and rules, by short names.
import type { Schema } from "@/api/client";

export type Diagnostic = Schema<"Diagnostic">;
export type RulesetStatus = Schema<"RulesetStatus">;
export type ArchivedRuleset = Schema<"ArchivedRuleset">;
export type RulesetDiff = Schema<"RulesetDiff">;
export type RuleChange = Schema<"RuleChange">;
export type DiffStatus = RuleChange["status"];
export type RulesetFile = Schema<"RulesetFile">;
export type DecisionSummary = Schema<"DecisionSummary">;
export type EffectiveRules = Schema<"EffectiveRules">;
export type Param = EffectiveRules["params"][string];
export type WrittenRule = Schema<"Rule">;
export type ReplacedRule = Schema<"ReplacedRule">;
