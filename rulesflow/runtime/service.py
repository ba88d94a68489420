"""The service: what a caller may ask of the active ruleset, whatever brings the call (REST, the CLI)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Any, Final

from rulesflow.model.rendering import as_dict
from rulesflow.model.times import Timestamp
from rulesflow.rules import Answer, Case, Ruleset, effective, summary
from rulesflow.rules.cases import EPOCH
from rulesflow.runtime.catalog import Catalog, Failure, Snapshot, now
from rulesflow.runtime.identifiers import new_id
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.request import DecisionRequest
from rulesflow.runtime.setfacts import Fill, Filled
from rulesflow.runtime.tracing import Tracer

_MOST_CASES: Final = 200  # that are shown of a decision


class Service:
    """Answers from a `Catalog`. Its replies may hold decimals and timestamps: write them by `write_json`.

    ``fill``: with the facts that patterns have set; none are where there is no database. ``tracer``: who is
    told of decisions, if anybody.
    """

    def __init__(
        self, catalog: Catalog, cost_limit: int, fill: Fill | None = None, tracer: Tracer | None = None
    ) -> None:
        self.catalog = catalog
        self._cost_limit = cost_limit
        self._fill = fill
        self._tracer = tracer

    def snapshot(self) -> Snapshot:
        """The active snapshot, to hold for the length of one call. Raises `NotReadyError`."""
        return self.catalog.current()

    def filled(self, project: LoadedProject, facts: Mapping[str, Any]) -> Filled:
        """The facts of a request, as sent, with those that patterns of the project have set for it."""
        return Filled(facts) if self._fill is None else self._fill(project, facts)

    def answer(self, ruleset: Ruleset, name: str, request: DecisionRequest, moment: Timestamp) -> Answer:
        """One decision, at ``moment`` unless the request says when.

        Raises `UnknownName`, `FactsRefused` and `DecisionFailed`.
        """
        at = moment if request.at is None else request.at
        limit = self._cost_limit
        if self._tracer is None:
            return ruleset.decide(name, request.facts, at, request.explain, cost_limit=limit)
        decide = partial(ruleset.decide, name, request.facts, at, request.explain, cost_limit=limit)
        return self._tracer.decision(name, ruleset.digest, decide)

    def decide(self, ruleset: Ruleset, name: str, request: DecisionRequest) -> dict[str, Any]:
        """One decision as the REST reply: ``{id, decision, result, matched, layers, digest, at, …}``."""
        return {"id": new_id(), **self.answer(ruleset, name, request, now()).as_dict()}

    def decisions(self) -> dict[str, Any]:
        """The decisions that are loaded: ``{digest, decisions}``. Raises `NotReadyError`."""
        ruleset = self.snapshot().ruleset
        return {
            "digest": ruleset.digest,
            "decisions": [summary(decision) for decision in ruleset.decisions.values()],
        }

    def effective(self, name: str, dimensions: Mapping[str, str]) -> dict[str, Any]:
        """A decision's rules for a layer stack. Raises `NotReadyError`, `UnknownName` and `FactsRefused`."""
        return effective(self.snapshot().ruleset, name, dimensions)

    def facts(self) -> dict[str, Any]:
        """The JSON Schema of what decisions read: ``{digest, schema}``. Raises `NotReadyError`."""
        ruleset = self.snapshot().ruleset
        return {"digest": ruleset.digest, "schema": ruleset.facts.source}

    def cases(self, name: str) -> dict[str, Any]:
        """A decision's cases, in the order of the files: ``{decision, cases}``.

        Raises `NotReadyError` and `UnknownName`.
        """
        snapshot = self.snapshot()
        snapshot.ruleset.decision(name)
        found = (each for each in snapshot.project.cases if each.decision == name)
        return {"decision": name, "cases": [_case(each) for each in islice(found, _MOST_CASES)]}

    def status(self) -> dict[str, Any]:
        """What is active and what was wrong last, as ``GET /v1/ruleset`` shows it."""
        state = self.catalog.state
        snapshot = state.snapshot
        return {
            "digest": snapshot.ruleset.digest if snapshot else None,
            "activated_at": snapshot.activated_at if snapshot else None,
            "source": snapshot.source if snapshot else None,
            "pinned": state.pinned,
            "decisions": list(snapshot.ruleset.decisions) if snapshot else [],
            "pending": _pending(state.pending) if state.pending else None,
            "error": _failure(state.failure) if state.failure else None,
        }


def _case(case: Case) -> dict[str, Any]:
    """As an example of facts; ``at`` is null where the case names no time, ``expect`` where no result."""
    return {
        "case": case.name,
        "facts": case.facts,
        "at": None if case.at == EPOCH else case.at,
        "expect": case.expect if case.expects_result else None,
        "file": case.span.file,
        "line": case.span.line,
    }


def _pending(held: Snapshot) -> dict[str, Any]:
    return {"digest": held.ruleset.digest, "at": held.activated_at}


def _failure(failure: Failure) -> dict[str, Any]:
    found = zip(failure.diagnostics, failure.lines, strict=True)
    return {"at": failure.at, "diagnostics": [as_dict(each) | {"text": text} for each, text in found]}
