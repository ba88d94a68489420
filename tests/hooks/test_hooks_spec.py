"""Every hook is documented, with each parameter, and used by a test (or a plugin) that is real."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rulesflow
from rulesflow.hooks import spec
from rulesflow.hooks.manager import HOOKS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "hooks.md").read_text("utf-8")


def specified() -> list[str]:
    return [name for name, value in vars(spec).items() if hasattr(value, "rulesflow_spec")]


def implemented(file: Path) -> set[str]:
    """The names of the functions that a file marks with ``@hookimpl``."""
    marked = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            marks = [ast.unparse(each).partition("(")[0] for each in node.decorator_list]
            marked |= {node.name} if "hookimpl" in marks else set()
    return marked


def test_the_names_of_the_hooks_are_those_that_are_specified() -> None:
    assert list(HOOKS) == specified()


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_typed_and_tells_the_meaning_of_every_parameter(name: str) -> None:
    hook = getattr(spec, name)
    signature = inspect.signature(hook)
    assert signature.return_annotation is not inspect.Signature.empty
    told = re.findall(r":param (\w+): \S", hook.__doc__)
    assert told == list(signature.parameters)
    assert all(each.annotation is not inspect.Parameter.empty for each in signature.parameters.values())


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_section_in_the_page_with_its_parameters(name: str) -> None:
    parameters = ", ".join(inspect.signature(getattr(spec, name)).parameters)
    assert f"\n## {name}({parameters})\n" in PAGE


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_user_in_the_tests(name: str) -> None:
    files = (Path(__file__).parent).glob("test_*.py")
    assert name in set[str]().union(*map(implemented, files))


def test_the_public_face_is_what_its_types_say() -> None:
    stub = ast.parse((Path(rulesflow.__file__).parent / "__init__.pyi").read_text("utf-8"))
    homes = {
        alias.name: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(rulesflow.__all__) == {*homes, "__version__"}
    for name, home in homes.items():
        assert home is not None
        assert getattr(rulesflow, name) is getattr(sys.modules[home], name)
    assert set(rulesflow.__all__) <= set(dir(rulesflow))


def test_a_name_that_the_public_face_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'rulesflow' has no attribute 'Stepp'"):
        _ = rulesflow.Stepp  # type: ignore[attr-defined]


def test_to_import_the_public_face_imports_next_to_nothing() -> None:
    code = "import sys, rulesflow; print([name for name in sys.modules if name.startswith('rulesflow.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
