"""Rules: decode → layer → compile → evaluate. A pure function of the files' bytes."""

from __future__ import annotations

from rulesflow.rules.answer import Answer, Match
from rulesflow.rules.cases import Case, CaseReport, CaseResult, RuleCoverage, run_cases
from rulesflow.rules.describe import effective, summary
from rulesflow.rules.explain import Explain
from rulesflow.rules.load import Loaded, digest_of, load
from rulesflow.rules.project import PROJECT_FILE
from rulesflow.rules.ruleset import COST_LIMIT, Decision, Ruleset

__all__ = [
    "COST_LIMIT",
    "PROJECT_FILE",
    "Answer",
    "Case",
    "CaseReport",
    "CaseResult",
    "Decision",
    "Explain",
    "Loaded",
    "Match",
    "RuleCoverage",
    "Ruleset",
    "digest_of",
    "effective",
    "load",
    "run_cases",
    "summary",
]
