"""A service with the plugin `craft`, which is installed as any distribution is, and does what tests order."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from serving import wait_until
from shopfront import Shop

_SOURCE = Path(__file__).parent / "craft" / "rulesflow_craft.py"
_FACTS = """\
type: object
required: [tag]
properties:
  tag: {type: string, x-indexed: true}
  total: {type: number}
"""
_GRADE = """\
decision: grade
hit: first
outcome: {grade: {enum: [fine, rough]}}
rules:
  - rule: dear
    when: has(total) && total > 100
    then: {grade: fine}
default: {grade: rough}
"""


class Craft:
    """The plugin: its book, and what is to go wrong. ``install`` puts it where ``path`` leads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "craft"
        self.path = folder / "site"
        self.folder.mkdir(parents=True)
        self.install()

    @property
    def environment(self) -> dict[str, str]:
        """With this a process finds the plugin, if it is installed."""
        return {"PYTHONPATH": str(self.path), "CRAFT_FOLDER": str(self.folder)}

    def install(self) -> None:
        """Put the distribution there, as an installer does."""
        told = self.path / "rulesflow_craft-1.0.dist-info"
        told.mkdir(parents=True)
        shutil.copy(_SOURCE, self.path)
        (told / "METADATA").write_text("Metadata-Version: 2.1\nName: rulesflow-craft\nVersion: 1.0\n")
        (told / "entry_points.txt").write_text("[rulesflow]\ncraft = rulesflow_craft\n")

    def uninstall(self) -> None:
        """Take it away again."""
        shutil.rmtree(self.path)

    def hold(self, *names: str) -> None:
        """Let calls of these names wait."""
        for name in names:
            (self.folder / f"hold-{name}").touch()

    def release(self, *names: str) -> None:
        """Let them go on."""
        for name in names:
            (self.folder / f"hold-{name}").unlink()

    def spoil(self, name: str, fault: str) -> None:
        """Let calls of a name go wrong; ``undo-NAME`` for the undo."""
        (self.folder / f"fault-{name}").write_text(fault)

    def mend(self, name: str) -> None:
        """Let them go well again."""
        (self.folder / f"fault-{name}").unlink()

    def book(self, tag: str, *what: str) -> list[dict[str, Any]]:
        """What was done whose names begin with a tag, oldest first."""
        try:
            text = (self.folder / "book.ndjson").read_text()
        except FileNotFoundError:
            return []
        lines = [json.loads(line) for line in text.splitlines()]
        return [each for each in lines if each["name"].startswith(tag) and each["what"] in what]

    def names(self, tag: str, *what: str) -> list[str]:
        """The names in the book, without their tag."""
        return [each["name"].removeprefix(tag) for each in self.book(tag, *what)]

    def observed(self, run: str) -> list[str]:
        """What the plugin has observed of a run."""
        lines = [json.loads(line) for line in (self.folder / "observed.ndjson").read_text().splitlines()]
        return [each["kind"] for each in lines if each["subject"] == run]

    def until(self, tag: str, what: str, *names: str) -> None:
        """Wait until that was done with exactly these names, in whatever order."""
        wait_until(lambda: sorted(self.names(tag, what)) == sorted(names), 30)


class Workshop(Shop):
    """The service; ``craft`` is its plugin."""

    craft: Craft

    def named(self, run: str) -> list[str]:
        """The paths at which a run stands."""
        return [each["path"] for each in self.show(run)["waiting_for"]]

    def resting(self, run: str, kind: str) -> dict[str, Any]:
        """The run once it waits for something of this kind."""
        found: dict[str, Any] = {}

        def reached() -> bool:
            found.update(self.show(run))
            return kind in [each["kind"] for each in found["waiting_for"]]

        wait_until(reached, 30)
        return found

    def attempted(self, run: str, *paths: str) -> None:
        """Wait until the record of attempts has exactly these paths."""

        def reached() -> bool:
            return sorted(each["path"] for each in self.show(run)["attempts"]) == sorted(paths)

        wait_until(reached, 30)


def write_workshop(root: Path, workflows: Mapping[str, str]) -> Path:
    """A project with these workflows by name, and one decision, `grade`. Their input has a ``tag``."""
    (root / "base").mkdir(parents=True)
    (root / "workflows").mkdir()
    (root / "rulesflow.yaml").write_text("project: workshop\nfacts: facts.yaml\nlayers: [base]\n")
    (root / "facts.yaml").write_text(_FACTS)
    (root / "base" / "grade.yaml").write_text(_GRADE)
    for name, steps in workflows.items():
        written = f"workflow: {name}\ntitle: {name}\ninput: facts.yaml\n{steps}"
        (root / "workflows" / f"{name}.yaml").write_text(written)
    return root


def make_workshop(folder: Path, database_url: str, workflows: Mapping[str, str]) -> Workshop:
    """A workshop that is not open yet."""
    craft = Craft(folder)
    shop = Workshop(folder, write_workshop(folder / "rules", workflows), database_url)
    shop.craft = craft
    shop.environment = dict(craft.environment)
    return shop


@contextmanager
def open_workshop(folder: Path, database_url: str, workflows: Mapping[str, str]) -> Iterator[Workshop]:
    """A workshop; it ends with the block."""
    shop = make_workshop(folder, database_url, workflows)
    try:
        shop.start()
        ready = shop.client.get("/readyz")
        assert ready.status_code == 200, (ready.text, shop.log)
        yield shop
    finally:
        shop.stop()


def new_tag() -> str:
    """What no other test has used."""
    return f"t{uuid.uuid4().hex[:12]}"
