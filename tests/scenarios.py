"""Runs a section of a page: lays out its files, then holds every other block against what comes of them.

``text diagnostics``       what loading says (nothing, without such a block); ``of=service``: and a service
``json decide=NAME at=…``  facts, laid over ``facts.json`` if there is one; also ``explain=full``, ``cost=9``
``json answer``            a subset of the answer to the block above; a rule's name stands for the whole rule
``text refused``           the faults of the block above, a line each: pointer, code, message; hint
``text effective=NAME …``  the rules of a layer stack (``order.region=eu``) in their order: name and place
``text tests=FIELD``       ``TEST matches VALUE, … not VALUE, …``; values are JSON, ``absent`` or ``nothing``
``text cases``             what the cases give, a line each, and the rules and steps that none covers
``text patterns``          the same of the cases of patterns, where durable-rules is installed
``cel``                    ``condition  => value``, ``=> error CODE`` or ``=> RF203 message; hint``
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from markdown_pages import Block, Section
from page_projects import Project, headlines
from rulesflow.conditions import (
    Budget,
    ConditionError,
    EvaluationError,
    Scope,
    check,
    compile_condition,
    parse,
)
from rulesflow.conditions.types import TIMESTAMP, Field, Value
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.diagnostics import Diagnostic
from rulesflow.model.errors import RequestRefused
from rulesflow.model.rendering import as_text
from rulesflow.model.times import parse_timestamp
from rulesflow.patterns.casereport import run_pattern_cases
from rulesflow.rules import Explain, Ruleset, effective, run_cases
from rulesflow.runtime.vetting import no_decisions_or_failing_cases
from rulesflow.runtime.workflow_cases import run_cases_of

#: The time of a decision whose block names none.
AT = "2026-11-20T10:00:00Z"
_EXCERPT = re.compile(r" *\d* \| ")


class Scenario:
    """One section, run once.

    ``base``: files below those of the page; ``excerpts``: diagnostics must be shown with theirs.
    """

    def __init__(
        self, section: Section, folder: Path, *, base: Sequence[Block] = (), excerpts: bool = False
    ) -> None:
        self.section = section
        self.project = Project(folder)
        self.base = base
        self.excerpts = excerpts
        self.given: Any = None

    def run(self) -> None:
        """Raises AssertionError where a block is not as the page says."""
        for block in (*self.base, *self.section.above):
            self.project.lay(block)
        for block in self.section.blocks:
            if block.file:
                self.project.lay(block)
            else:
                self._check(block)
        if not any(block.words == "diagnostics" for block in self.section.blocks):
            assert not self._found, headlines(self._found)

    def _check(self, block: Block) -> None:
        name = block.words or next(iter(block.options), block.language)
        checks: Mapping[str, Callable[[Block], None]] = {
            "decide": self._decide,
            "answer": self._answer,
            "refused": self._refused,
            "diagnostics": self._diagnostics,
            "effective": self._effective,
            "tests": self._tests,
            "cases": self._cases,
            "patterns": self._patterns,
            "cel": self._conditions,
        }
        place = f"{self.section.page.name}:{block.line}"
        assert name in checks, f"{place}: what is this block?"
        try:
            checks[name](block)
        except AssertionError as error:
            error.add_note(f"at {place}")
            raise

    # -- deciding ------------------------------------------------------------------------------------------

    def _decide(self, block: Block) -> None:
        options = block.options
        at = parse_timestamp(options.get("at", AT))
        explanation = Explain(options.get("explain", "matched"))
        limit = {"cost_limit": int(options["cost"])} if "cost" in options else {}
        try:
            facts = _over(self.project.facts, read_json(block.text.encode()))
            answer = self.project.ruleset.decide(options["decide"], facts, at, explanation, **limit)
            self.given = read_json(write_json(answer.as_dict()))
        except RequestRefused as refused:
            self.given = refused

    def _answer(self, block: Block) -> None:
        assert not isinstance(self.given, RequestRefused), _faults(self.given)
        difference = _difference(read_json(block.text.encode()), self.given, "answer")
        assert difference is None, difference

    def _refused(self, block: Block) -> None:
        assert isinstance(self.given, RequestRefused), f"not refused: {self.given}"
        _same(_faults(self.given), block.text)

    # -- loading -------------------------------------------------------------------------------------------

    def _diagnostics(self, block: Block) -> None:
        loaded = self.project.loaded
        vetoes = no_decisions_or_failing_cases(loaded) if block.options.get("of") == "service" else ()
        excerpts = self.excerpts or any(map(_EXCERPT.match, block.text.splitlines()))
        _same(as_text(self._found + vetoes, loaded.files if excerpts else {}), block.text)

    @property
    def _found(self) -> tuple[Diagnostic, ...]:
        """What loading says, but for what is not installed here."""
        return tuple(each for each in self.project.loaded.diagnostics if each.code != "RF816")

    def _effective(self, block: Block) -> None:
        dimensions = dict(block.options)
        shown = effective(self.project.ruleset, dimensions.pop("effective"), dimensions)
        rules = [*shown["rules"], *([shown["default"]] if shown["default"] else [])]
        lines = [f"{rule['rule']} {rule['file']}:{rule['line']}" for rule in rules]
        _same(_lines(lines), _lines(" ".join(line.split()) for line in block.text.splitlines()))

    def _cases(self, block: Block) -> None:
        report = run_cases(self.project.ruleset, self.project.loaded.cases)
        workflows = run_cases_of(self.project.loaded)
        lines = [
            f"failed: {each.case.name}: {each.failure}" if each.failure else f"passed: {each.case.name}"
            for each in (*report.results, *workflows.results)
        ]
        lines += [f"not covered: {each.rule} in {each.file}:{each.line}" for each in report.uncovered]
        lines += [f"not covered: {each.step} in {each.file}:{each.line}" for each in workflows.uncovered]
        _same(_lines(lines), block.text)

    def _patterns(self, block: Block) -> None:
        if find_spec("durable_rules_engine") is None:
            return
        report = run_pattern_cases(self.project.loaded.patterns, self.project.loaded.pattern_cases)
        lines = [
            f"failed: {each.case.name}: {each.failure}" if each.failure else f"passed: {each.case.name}"
            for each in report.results
        ]
        lines += [f"not covered: {each.pattern} in {each.file}:{each.line}" for each in report.uncovered]
        _same(_lines(lines), block.text)

    # -- tests and conditions ------------------------------------------------------------------------------

    def _tests(self, block: Block) -> None:
        path = block.options["tests"].split(".")
        for line in block.text.splitlines():
            if not line.strip():
                continue
            found = re.fullmatch(r"(.+?)\s+matches\s+(.+?)(?:\s+not\s+(.+))?", line)
            assert found, f"not understood: {line}"
            rule = f"{{rule: r, when: {{{'.'.join(path)}: {found[1]}}}, then: {{}}}}"
            decision = f"decision: field_test\noutcome: {{}}\nrules:\n  - {rule}\n"
            ruleset = self.project.ruleset_with("base/field_test.yaml", decision)
            for values, expected in ((found[2], True), (found[3], False)):
                for value in _values(values):
                    facts = _with(self.project.facts, path, value)
                    answer = ruleset.decide("field_test", facts, parse_timestamp(AT))
                    assert bool(answer.matched) is expected, f"{found[1]} with {value}"

    def _conditions(self, block: Block) -> None:
        for line in block.text.splitlines():
            if not line.strip() or line.startswith("//"):
                continue
            condition, arrow, expected = line.rpartition(" => ")
            assert arrow, f"not understood: {line}"
            given = _evaluated(condition.strip(), self.project.ruleset, self.project.facts)
            if re.match(r"error |RF\d", expected.strip()):
                assert given == expected.strip(), f"{condition.strip()} => {given}"
            else:
                assert given == _tagged(read_json(expected.encode())), f"{condition.strip()} => {given}"


def _same(given: str, shown: str) -> None:
    assert given == shown, f"the page shows\n{shown}and what comes is\n{given}"


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _over(below: Any, above: Any) -> Any:
    """``above`` laid over ``below``, object by object."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}


def _with(facts: Any, path: list[str], text: str) -> Any:
    """The facts with the value that ``text`` spells at a path; without it where it is ``absent``."""
    first, *rest = path
    changed = dict(facts)
    if rest:
        changed[first] = _with(changed.get(first, {}), rest, text)
    elif text == "absent":
        changed.pop(first, None)
    else:
        changed[first] = read_json(text.encode())
    return changed


def _values(text: str | None) -> list[str]:
    return (
        [] if text in (None, "nothing") else re.findall(r'"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\s,]+', text or "")
    )


def _difference(expected: Value, actual: Value, where: str) -> str | None:
    """What differs first; None where ``expected`` is a subset of ``actual``."""
    if isinstance(expected, str) and isinstance(actual, dict):
        actual = actual["rule"]
    if isinstance(expected, dict) and isinstance(actual, dict):
        missing = expected.keys() - actual.keys()
        pairs = [(f"{where}.{key}", expected[key], actual.get(key)) for key in expected if key not in missing]
        found = f"{where} lacks {', '.join(sorted(missing))}" if missing else None
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = [(f"{where}[{n}]", *pair) for n, pair in enumerate(zip(expected, actual, strict=True))]
        found = None
    else:
        pairs, same = [], _tagged(expected) == _tagged(actual)
        found = None if same else f"{where}: expected {_json(expected)}, got {_json(actual)}"
    return found or next((each for pair in pairs if (each := _difference(pair[1], pair[2], pair[0]))), None)


def _tagged(value: Value) -> Any:
    """The value in a form that tells ``1`` from ``true``."""
    if isinstance(value, list):
        return [_tagged(item) for item in value]
    if isinstance(value, dict):
        return {key: _tagged(item) for key, item in value.items()}
    return (isinstance(value, bool), value)


def _json(value: Value) -> str:
    return write_json(value).decode()


def _faults(refused: RequestRefused) -> str:
    return _lines(
        f"{fault.pointer or '/'} {fault.code}: {fault.message}{f'; {fault.hint}' if fault.hint else ''}"
        for fault in refused.faults
    )


def _evaluated(condition: str, ruleset: Ruleset, facts: Any) -> Any:
    """The value of a condition as JSON would show it, tagged; or as text what is wrong with it."""
    names = {**(ruleset.facts.type.fields or {}), "at": Field(TIMESTAMP)}
    scope = Scope(names=names, zone=ruleset.zone)
    try:
        checked = check(parse(condition), scope)
        program = compile_condition(checked, scope)
        value = program({**ruleset.facts.validate(facts), "at": parse_timestamp(AT)}, Budget())  # type: ignore[dict-item]
    except ConditionError as error:
        return "; ".join(
            f"{each.code} {each.message}{f'; {each.hint}' if each.hint else ''}" for each in error.problems
        )
    except EvaluationError as error:
        return f"error {error.code}"
    return _tagged(read_json(write_json(value)))
