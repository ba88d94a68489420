from __future__ import annotations

from pathlib import Path

import pytest

from rulesflow.documents.folder import read_folder
from rulesflow.model.diagnostics import Diagnostic, Span
from rulesflow.runtime.catalog import Catalog, NotReadyError, Snapshot
from rulesflow.runtime.project import LoadedProject, load_project
from serving import fee


def loaded(project: Path) -> LoadedProject:
    found = load_project(read_folder(project).files)
    assert found.ruleset is not None
    return found


def fault(file: str) -> Diagnostic:
    return Diagnostic("RF001", "gone", Span(file, 1, 1, 2))


def test_nothing_is_active_at_first() -> None:
    with pytest.raises(NotReadyError, match="GET /v1/ruleset"):
        Catalog().current()


def test_a_reader_keeps_the_snapshot_that_it_took(project: Path) -> None:
    catalog = Catalog()
    first = catalog.activate(loaded(project), "here")
    held = catalog.current()
    (project / "base" / "fee.yaml").write_text(fee(2))
    second = catalog.activate(loaded(project), "here")
    assert held is first
    assert catalog.current() is second
    assert second.activated_at > first.activated_at


def test_the_same_content_keeps_the_time_of_its_activation(project: Path) -> None:
    catalog = Catalog()
    first = catalog.activate(loaded(project), "here")
    second = catalog.activate(loaded(project), "there")
    assert (second.activated_at, second.source) == (first.activated_at, "there")


def test_a_refusal_stands_beside_what_is_active_until_the_next_success(project: Path) -> None:
    catalog = Catalog()
    active = catalog.activate(loaded(project), "here")
    failure = catalog.refuse([fault("b.yaml"), fault("a.yaml")], {"b.yaml": b"project: \xc3\xa4\r\n"})
    assert [found.span.file for found in failure.diagnostics] == ["a.yaml", "b.yaml"]
    assert failure.lines == (None, "project: ä")
    assert catalog.current() is active
    assert catalog.state.failure is failure
    catalog.activate(active.project, "here")
    assert catalog.state.failure is None
    assert (catalog.state.activations, catalog.state.refusals) == (2, 1)


def made(amount: int) -> LoadedProject:
    text = f"decision: d\nhit: first\noutcome: {{x: {{type: number}}}}\ndefault: {{x: {amount}}}\n"
    files = {
        "rulesflow.yaml": b"project: p\nfacts: facts.yaml\nlayers: [base]\n",
        "facts.yaml": b"type: object\nproperties: {n: {type: number}}\n",
        "base/d.yaml": text.encode(),
    }
    return load_project(files)


def digest(snapshot: Snapshot | None) -> str | None:
    return snapshot and snapshot.ruleset.digest


WRONG = Diagnostic("RF001", "it is wrong", Span("rulesflow.yaml", 1, 1, 1))


def test_while_one_is_pinned_what_the_folder_holds_is_pending_unless_it_is_the_same() -> None:
    catalog, one, two = Catalog(), made(1), made(2)
    catalog.activate(two, "folder")
    assert catalog.state.pending is None
    catalog.pin(one, "archive")
    assert digest(catalog.state.pending) == two.ruleset.digest  # what a reload would bring
    catalog.hold(one, "folder")
    assert catalog.state.pending is None
    held = catalog.hold(made(3), "folder")
    assert catalog.state.pending is held
    assert catalog.hold(made(3), "folder").activated_at == held.activated_at
    catalog.unpin()
    assert (catalog.state.pending, digest(catalog.state.snapshot)) == (None, one.ruleset.digest)


def test_a_folder_that_is_wrong_stays_wrong_while_another_ruleset_is_pinned() -> None:
    catalog = Catalog()
    catalog.activate(made(1), "folder")
    catalog.refuse([WRONG], {})
    catalog.pin(made(2), "archive")
    assert catalog.state.failure is not None
    catalog.hold(made(3), "folder")
    assert catalog.state.failure is None


def test_that_the_pinned_one_cannot_be_used_weighs_more_than_what_the_folder_holds() -> None:
    catalog = Catalog()
    failure = catalog.refuse([WRONG], {}, pin=True)
    assert (catalog.state.pinned, catalog.state.stuck) == (True, True)
    catalog.hold(made(1), "folder")
    catalog.refuse([Diagnostic("RF002", "so is the folder", Span("facts.yaml", 1, 1, 1))], {})
    assert catalog.state.failure is failure
    assert digest(catalog.state.pending) == made(1).ruleset.digest
    catalog.pin(made(2), "archive")
    assert (catalog.state.failure, catalog.state.stuck) == (None, False)


def test_one_that_is_pinned_again_keeps_the_time_of_its_activation() -> None:
    catalog = Catalog()
    first = catalog.pin(made(1), "archive")
    assert catalog.pin(made(1), "archive").activated_at == first.activated_at
    assert catalog.activate(made(1), "folder").activated_at == first.activated_at
