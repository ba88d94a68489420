// What the service tells of rulesets and decisions.

export interface Diagnostic {
  code: string;
  severity: "error" | "warning";
  file: string;
  line: number;
  column: number;
  message: string;
  hint: string | null;
  /** The line as it was read; what the service holds otherwise has none. */
  text?: string | null;
}

/** `GET /v1/ruleset`. */
export interface RulesetStatus {
  digest: string | null;
  activated_at: string | null;
  source: string | null;
  pinned: boolean;
  decisions: string[];
  pending: { digest: string; at: string } | null;
  error: { at: string; diagnostics: Diagnostic[] } | null;
}

export interface ArchivedRuleset {
  digest: string;
  first_at: string;
  activated_at: string | null;
  active: boolean;
  pinned: boolean;
  pending: boolean;
  source: string;
  counts: { decisions: number; rules: number; workflows: number; patterns: number };
  note: string | null;
}

/** `GET /v1/rulesets`. */
export interface RulesetList {
  active: string | null;
  pinned: boolean;
  pending: { digest: string; at: string } | null;
  rulesets: ArchivedRuleset[];
  next: string | null;
}

export type DiffStatus = "added" | "removed" | "changed" | "moved";

export interface Side {
  file: string;
  line: number;
  [more: string]: unknown;
}

export interface RuleChange {
  what: string;
  name: string;
  status: DiffStatus;
  layer: string | null;
  before: Side | null;
  after: Side | null;
  fields: { field: string; before: unknown; after: unknown }[];
}

/** `GET /v1/rulesets/{a}/diff/{b}`: by rule, not by line. */
export interface RulesetDiff {
  from: string;
  to: string;
  same: boolean;
  decisions: { decision: string; status: DiffStatus; changes: RuleChange[] }[];
  workflows: {
    workflow: string;
    status: DiffStatus;
    changes: { step: string; status: DiffStatus; before: unknown; after: unknown }[];
  }[];
  others: { file: string; status: DiffStatus }[];
  files: { path: string; status: DiffStatus }[];
}

/** `POST /v1/rulesets`: never active by itself. `digest` is null where it does not load. */
export interface Candidate {
  digest: string | null;
  base: string;
  diagnostics: Diagnostic[];
  diff: RulesetDiff | null;
}

/** `GET /v1/rulesets/{digest}/files`. */
export interface RulesetFiles {
  digest: string;
  files: { path: string; bytes: number }[];
}

/** `GET /v1/rulesets/{digest}/files/{path}`; `text` is null for what is none. */
export interface RulesetFile {
  digest: string;
  path: string;
  text: string | null;
  binary: boolean;
}

export interface RulePlace {
  layer: string;
  file: string;
  line: number;
}

/** `GET /v1/decisions`. */
export interface DecisionSummary {
  decision: string;
  title: string;
  hit: string;
  requires: string[];
  outcome: Record<string, unknown>;
  layers: string[];
  rules: number;
  dimensions: { fact: string; values: string[] }[];
}

export interface WrittenRule extends RulePlace {
  rule: string;
  when: string[];
  then: Record<string, unknown>;
  because: string | null;
  final: boolean;
  from: string | null;
  until: string | null;
  rollout?: { percent: number; by: string };
}

export interface ReplacedRule extends WrittenRule {
  by: RulePlace & { how: "overridden" | "disabled" };
}

export interface Param extends RulePlace {
  value: unknown;
  over: (RulePlace & { value: unknown })[];
}

/** `GET /v1/decisions/{decision}?order.region=eu/de`: the effective rules of a layer stack, in order. */
export interface EffectiveRules {
  decision: string;
  title: string;
  hit: string;
  requires: string[];
  reads: string[];
  outcome: Record<string, unknown>;
  layers: string[];
  params: Record<string, Param>;
  rules: WrittenRule[];
  default: WrittenRule | null;
  replaced: ReplacedRule[];
  digest: string;
}
