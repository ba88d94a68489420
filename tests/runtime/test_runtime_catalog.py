from __future__ import annotations

from pathlib import Path

import pytest

from rulesflow.documents.folder import read_folder
from rulesflow.model.diagnostics import Diagnostic, Span
from rulesflow.runtime.catalog import Catalog, NotReadyError
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
