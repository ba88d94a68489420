"""From ``alerts.yaml`` to the rules of alerts: those that are shipped, changed and added to by a project.

Codes: RF860 an alert is of something that is not measured · RF861 no such severity · RF862 a shipped alert
is turned to something else · RF863 a condition that never changes · RF864 a length of time out of bounds ·
RF865 what is shipped does not fit what the project changes ·
RF866 an alert closes by what it opens by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping as MappingOf
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import cache
from importlib.resources import files
from typing import Final

from rulesflow.conditions import STANDARD, Function, Guards, Scope
from rulesflow.documents.nodes import Entry, Mapping, Node, Scalar
from rulesflow.documents.shape import FILE_NAME, Findings
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Diagnostic, Span, did_you_mean
from rulesflow.values.expression import Expression
from rulesflow.values.expressions import Expressions, constant
from rulesflow.values.periods import read_seconds
from rulesflow.watch.alertfacts import facts_type
from rulesflow.watch.alertrule import SEVERITIES, SUBJECTS, AlertRule

ALERTS_FILE: Final = "alerts.yaml"
SHIPPED_FILE: Final = "defaults.yaml"
KEYS: Final = (
    "title", "of", "when", "clear", "for", "clear_for", "severity", "window", "say", "enabled",
)  # fmt: skip
REQUIRED: Final = ("title", "of", "when", "say")
SHORTEST: Final = 10.0  # seconds that a window may have
LONGEST: Final = 7 * 86_400.0
HOLD: Final = 20.0
CLEAR_HOLD: Final = 60.0
WINDOW: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Around:
    """Where conditions are read: the ``zone`` of dates, and the functions there are."""

    functions: MappingOf[str, Function]
    zone: tzinfo


def load_alerts(
    data: bytes | None, findings: Findings, functions: MappingOf[str, Function] = STANDARD, zone: tzinfo = UTC
) -> MappingOf[str, AlertRule]:
    """All rules of alerts by name, with those of a project's file, if it has one.

    What is wrong with it goes to ``findings``; an entry with an error is left out.
    """
    rules = dict(shipped_alerts())
    root = None
    if data is not None:
        document = read_yaml(data, ALERTS_FILE)
        findings.items += document.diagnostics
        root = document.root
    for entry in _entries(root, findings) if root is not None else ():
        name = entry.key.text
        if not FILE_NAME.fullmatch(name):
            hint = "use lower-case letters, digits and _ or -, starting with a letter"
            findings.error("RF104", f"{name[:80]!r} is not a name", entry.key.span, hint)
            continue
        rule = _Reader(entry, _Around(functions, zone), findings).read()
        if rule is not None:
            rules[name] = rule
    return rules


@cache
def shipped_alerts() -> MappingOf[str, AlertRule]:
    """The rules that every project has."""
    findings = Findings()
    around = _Around(STANDARD, UTC)
    rules = [_Reader(entry, around, findings, shipped=True).read() for entry in _shipped().values()]
    assert not findings.items, findings.items
    return {rule.name: rule for rule in rules if rule is not None}


@cache
def _shipped() -> MappingOf[str, Entry]:
    document = read_yaml(files(__package__).joinpath(SHIPPED_FILE).read_bytes(), SHIPPED_FILE)
    assert document.root is not None
    return {entry.key.text: entry for entry in _entries(document.root, Findings())}


def _entries(root: Node, findings: Findings) -> Iterable[Entry]:
    mapping = findings.mapping(root, ALERTS_FILE)
    if mapping is None:
        return ()
    found = findings.fields(mapping, ("alerts",), ("alerts",), ALERTS_FILE)
    inner = findings.mapping(found["alerts"].value, "'alerts'") if "alerts" in found else None
    return inner.entries if inner is not None else ()


class _Reader:
    """Reads one alert. A project's entry of a shipped name stands over the shipped one."""

    def __init__(self, entry: Entry, around: _Around, findings: Findings, *, shipped: bool = False) -> None:
        self.entry = entry
        self.name = entry.key.text
        self.around = around
        self.told = findings
        self.findings = Findings()
        self.base = None if shipped else _shipped().get(self.name)
        self.shipped = shipped

    def read(self) -> AlertRule | None:
        """The rule; None after noting what is wrong with it."""
        made = self._read()
        self.told.items += [self._located(each) for each in self.findings.items]
        return None if self.findings.failed else made

    def _read(self) -> AlertRule | None:
        what = f"the alert {self.name!r}"
        mapping = self.findings.mapping(self.entry.value, what)
        if mapping is None:
            return None
        entries = self._over(self.findings.fields(mapping, KEYS, () if self.base else REQUIRED, what))
        if any(key not in entries for key in REQUIRED):
            self._hint_name()
        of = self._of(entries)
        severity = self._word(entries, "severity", SEVERITIES, "RF861") or "warning"
        title = self._text(entries, "title")
        hold, clear_hold = (
            self._seconds(entries, "for", HOLD),
            self._seconds(entries, "clear_for", CLEAR_HOLD),
        )
        window = self._seconds(entries, "window", WINDOW, SHORTEST)
        enabled = self.findings.flag(entries["enabled"].value, "'enabled'") if "enabled" in entries else True
        if of is None or any(key not in entries for key in REQUIRED):
            return None
        when, known = self._condition(entries["when"].value, "'when'", of)
        clear = self._condition(entries["clear"].value, "'clear'", of)[0] if "clear" in entries else None
        if "clear" in entries and _written(entries["clear"]) == _written(entries["when"]):
            message = "'clear' is the same as 'when', so the alert would open and close by turns"
            hint = "leave it out to close once 'when' does not hold"
            self.findings.error("RF866", message, entries["clear"].value.span, hint)
        return AlertRule(
            name=self.name,
            title=title,
            of=of,
            when=when,
            when_text=_written(entries["when"]),
            clear=clear,
            clear_text=_written(entries["clear"]) if "clear" in entries else None,
            hold=hold,
            clear_hold=clear_hold,
            severity=severity,
            window=window,
            say=self._say(entries["say"].value, of, known),
            enabled=bool(enabled),
            span=self.entry.key.span,
            source="shipped" if self.shipped else "project",
        )

    def _hint_name(self) -> None:
        """What lacks members may be meant to change a shipped alert."""
        hint = did_you_mean(self.name, _shipped()) if not self.shipped else None
        if hint is not None:
            lacks = ("RF103", self.entry.value.span)
            found = self.findings.items
            found[:] = [
                replace(each, hint=hint) if (each.code, each.span) == lacks else each for each in found
            ]

    def _over(self, entries: MappingOf[str, Entry]) -> MappingOf[str, Entry]:
        """The members, and those that are shipped; another ``when`` has a ``clear`` of its own."""
        if self.base is None or not isinstance(self.base.value, Mapping):
            return entries
        shipped = {each.key.text: each for each in self.base.value.entries}
        if "when" in entries:
            shipped.pop("clear", None)
        return shipped | dict(entries)

    def _of(self, entries: MappingOf[str, Entry]) -> str | None:
        of = self._word(entries, "of", SUBJECTS, "RF860")
        if of is None or self.base is None or not isinstance(self.base.value, Mapping):
            return of
        shipped = self.base.value.get("of")
        if isinstance(shipped, Scalar) and shipped.text != of:
            message = f"{self.name!r} is a shipped alert of {shipped.text}, and cannot be of {of}"
            hint = f"give your own another name, and switch this one off: {self.name}: {{enabled: false}}"
            self.findings.error("RF862", message, entries["of"].value.span, hint)
            return None
        return of

    def _word(
        self, entries: MappingOf[str, Entry], key: str, known: tuple[str, ...], code: str
    ) -> str | None:
        text = self.findings.text(entries[key].value, f"'{key}'") if key in entries else None
        if text is None or text in known:
            return text
        hint = did_you_mean(text, known) or f"known are {', '.join(known)}"
        self.findings.error(code, f"'{key}' cannot be {text[:80]!r}", entries[key].value.span, hint)
        return None

    def _text(self, entries: MappingOf[str, Entry], key: str) -> str:
        return (self.findings.text(entries[key].value, f"'{key}'") or "") if key in entries else ""

    def _seconds(
        self, entries: MappingOf[str, Entry], key: str, otherwise: float, least: float = 0.0
    ) -> float:
        if key not in entries:
            return otherwise
        node = entries[key].value
        seconds = read_seconds(node, f"'{key}'", self.findings)
        if seconds is not None and not least <= seconds <= LONGEST:
            bounds = f"from {least:g}s to 7d" if least else "7d at most"
            self.findings.error("RF864", f"'{key}' is out of bounds", node.span, f"give {bounds}")
        return otherwise if seconds is None else seconds

    def _condition(self, node: Node, what: str, of: str) -> tuple[Expression, Guards]:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            message = f"{what} never changes, so the alert would be no alert"
            hint = "such as: error_rate > 0.1; to switch an alert off: enabled: false"
            self.findings.error("RF863", message, node.span, hint)
        condition = self._expressions(of).condition(node, what)
        return condition.expression, condition.when_true

    def _say(self, node: Node, of: str, known: Guards) -> Expression:
        if self.findings.text(node, "'say'") is None or not isinstance(node, Scalar):
            return constant("")
        computed = self._expressions(of).given(known).computed(node)
        return constant(computed) if isinstance(computed, str) else computed.expression

    def _expressions(self, of: str) -> Expressions:
        scope = Scope(dict(facts_type(of).fields or {}), self.around.functions, self.around.zone)
        return Expressions(scope, Guards(), self.findings)

    def _located(self, found: Diagnostic) -> Diagnostic:
        """What is wrong with a shipped member is so by what the project has changed, so that is shown."""
        if self.shipped or found.span.file != SHIPPED_FILE:
            return found
        message = f"what is shipped for {self.name!r} does not fit what is changed: {found.message}"
        hint = "give 'clear' and 'say' as well"
        return replace(found, code="RF865", message=message, span=self._place(), hint=hint)

    def _place(self) -> Span:
        return self.entry.key.span


def _written(entry: Entry) -> str:
    return entry.value.text.strip() if isinstance(entry.value, Scalar) else ""
