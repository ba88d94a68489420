"""The fixtures, as a project uses them: with a plugin that is installed, in a run of pytest of its own."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from trial import Trial

PLUGIN = """
    import asyncio
    from contextlib import asynccontextmanager
    from decimal import Decimal
    from pydantic import BaseModel
    from rulesflow import *

    class Settings(BaseModel):
        word: str = "hello"
        broken: bool = False

    pool = []

    @hookimpl
    @asynccontextmanager
    async def lifespan(settings):
        task = asyncio.current_task()
        pool.append(asyncio.get_running_loop())
        yield
        assert task is asyncio.current_task()
        pool.clear()
        if settings.read("greet", Settings).broken:
            raise OSError("the pool leaks")

    async def hello(call):
        assert pool == [asyncio.get_running_loop()]
        name = call.input["name"]
        if name == "Bob":
            call.emit("greet.refused", {"name": name})
            raise StepError("rejected", "not him", code="shy")
        call.emit("greet.met", {"name": name, "rate": 0.1}, id=f"met-{name}")
        return {"text": f"{word} {name}", "key": call.key, "run": call.run, "path": call.path, "rate": 0.1}

    @hookimpl
    def register_steps(settings):
        global word
        word = settings.read("greet", Settings).word
        named = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
        text = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
        return [
            Step("greet.hello", hello, input=named, output=text, undo="greet.bye",
                 errors={"shy": ErrorClass.REJECTED}),
            Step("greet.bye", lambda call: {}),
        ]

    @hookimpl
    def register_functions():
        return [function("greet.long", ["string"], "bool", lambda text: len(text) > 3)]
"""
RULES = {
    "rulesflow.yaml": "project: hall\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": "type: object\nrequired: [name]\nproperties: {name: {type: string}}\n",
    "base/tone.yaml": """
        decision: tone
        outcome: {tone: {enum: [warm, short]}}
        rules:
          - {rule: long, when: greet.long(name), then: {tone: warm}}
        default: {tone: short}
        """,
    "workflows/meet.yaml": """
        workflow: meet
        input: facts.yaml
        steps:
          tone: {decide: tone, on: {warm: hello, short: {fail: too-short}}}
          hello:
            call: greet.hello
            with: {name: "${ name }"}
          later: {sleep: 30d}
          answer:
            wait: answer
            payload: {text: {type: string}}
          bye:
            call: greet.hello
            with: {name: "${ steps.answer.text }"}
        output: {text: "${ steps.bye.text }"}
        """,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    info = site / "shop_greet-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-greet\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[rulesflow]\ngreet = shop_greet\n")
    (site / "shop_greet.py").write_text(dedent(PLUGIN))
    return site


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "pyproject.toml": '[project]\nname = "x"\n[project.entry-points.rulesflow]\ngreet = "shop_greet"\n'
    }
    for name, text in files.items() | {f"rules/{name}": text for name, text in RULES.items()}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip())
    return tmp_path


@pytest.fixture
def check(project: Path, site: Path, monkeypatch: pytest.MonkeyPatch):
    """Run tests by pytest, in the project; what it prints."""

    def check(code: str, *, passed: int = 0, failed: int = 0, errors: int = 0) -> str:
        monkeypatch.setenv("PYTHONPATH", str(site))
        head = "import pytest\nfrom decimal import Decimal\nfrom rulesflow import StepError\n"
        (project / "test_inner.py").write_text(head + dedent(code))
        done = Trial.here().run(["pytest", "-q", "-W", "error", "test_inner.py"], project)
        counts = {word: int(count) for count, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout)}
        wanted = {"passed": passed, "failed": failed, "error": errors}
        assert counts == {word: count for word, count in wanted.items() if count}, done.stdout + done.stderr
        return done.stdout

    return check


def test_a_step_is_called_as_a_workflow_would(check) -> None:
    check(
        """
        def test_output(run_step):
            found = run_step("greet.hello", {"name": "Ada"})
            assert found["text"] == "hello Ada"
            assert found["rate"] == Decimal("0.1")

        def test_key(run_step):
            key = "run-7/split/0/hello/2"
            found = run_step("greet.hello", {"name": "Ada"}, key=key)
            assert (found["key"], found["run"], found["path"]) == (key, "run-7", "split/0/hello")

        def test_declared_error(run_step):
            with pytest.raises(StepError) as caught:
                run_step("greet.hello", {"name": "Bob"})
            assert (caught.value.error_class, caught.value.code) == ("rejected", "shy")

        def test_wrong_input(run_step):
            with pytest.raises(StepError, match="/name: must be a string; it is 3"):
                run_step("greet.hello", {"name": 3})

        def test_unknown_step(run_step):
            with pytest.raises(StepError, match="did you mean greet.hello?"):
                run_step("greet.helo")

        class TestSettings:
            @pytest.fixture
            def plugin_settings(self):
                return {"greet": {"word": "servus"}}

            def test_own(self, run_step):
                assert run_step("greet.hello", {"name": "Ada"})["text"] == "servus Ada"
        """,
        passed=6,
    )


def test_what_steps_emit_is_there_to_be_looked_at(check) -> None:
    check(
        """
        def test_emitted(run_step, emitted):
            assert emitted == []
            run_step("greet.hello", {"name": "Ada"})
            with pytest.raises(StepError):
                run_step("greet.hello", {"name": "Bob"})
            assert [each.type for each in emitted] == ["greet.met", "greet.refused"]
            assert [each.id for each in emitted] == ["met-Ada", None]
            assert emitted[0].data == {"name": "Ada", "rate": Decimal("0.1")}
        """,
        passed=1,
    )


def test_decisions_are_those_of_a_folder_and_call_the_functions_of_plugins(check) -> None:
    check(
        """
        def test_decide(decide):
            answer = decide("rules", "tone", {"name": "Charles"}, at="2026-11-27")
            assert answer.result == {"tone": "warm"}
            assert [match.rule for match in answer.matched] == ["long"]
            assert str(answer.at) == "2026-11-27T00:00:00Z"
            assert decide("rules", "tone", {"name": "Bo"}).result == {"tone": "short"}
        """,
        passed=1,
    )


def test_a_workflow_is_played_with_mocked_steps_and_skipped_time(check) -> None:
    check(
        """
        MOCKS = {"hello": {"text": "hi"}, "bye": {"text": "ciao"}}

        def test_the_whole_way(run_workflow):
            run = run_workflow("rules", "meet", {"name": "Charles"}, mocks=MOCKS,
                               signals=[("answer", {"text": "Bob"})], at="2026-11-27")
            assert (run.status, run.output) == ("completed", {"text": "ciao"})
            assert run.path == ("tone", "hello", "later", "answer", "bye")
            assert [call.input for call in run.calls] == [{"name": "Charles"}, {"name": "Bob"}]
            assert str(run.at) == "2026-12-27T00:00:00Z"

        def test_an_error_undoes(run_workflow):
            errors = [StepError("unavailable", "away"), StepError("rejected", "no", code="shy")]
            run = run_workflow("rules", "meet", {"name": "Charles"}, mocks=MOCKS | {"bye": errors},
                               signals=[("answer", {"text": "Bob"})])
            assert (run.status, run.problem.code, run.undone) == ("failed", "shy", ("hello",))

        def test_the_rules_decide(run_workflow):
            run = run_workflow("rules", "meet", {"name": "Bo"})
            assert (run.status, run.problem.code, run.path) == ("failed", "too-short", ("tone",))

        def test_it_waits(run_workflow):
            run = run_workflow("rules", "meet", {"name": "Charles"}, mocks=MOCKS)
            assert (run.status, run.waits) == ("waiting", ("answer",))
        """,
        passed=4,
    )


def test_what_is_wrong_with_a_folder_fails_the_test_and_is_shown(check, project: Path) -> None:
    (project / "rules/base/tone.yaml").write_text("decision: tone\nrulez: []\n")
    out = check(
        """
        def test_broken(decide):
            decide("rules", "tone", {"name": "Charles"})
        """,
        failed=1,
    )
    assert "rules does not load:" in out
    assert "base/tone.yaml:2:1: error RF101 unknown key 'rulez'" in out
    assert "Traceback" not in out


def test_a_workflow_that_is_not_there_fails_the_test(check) -> None:
    out = check(
        """
        def test_missing(run_workflow):
            run_workflow("rules", "met", {"name": "Charles"})
        """,
        failed=1,
    )
    assert "there is no workflow met; workflows: meet" in out


def test_settings_that_do_not_fit_and_a_plugin_that_fails_to_end_are_errors_of_the_test(check) -> None:
    out = check(
        """
        class TestWrong:
            @pytest.fixture
            def plugin_settings(self):
                return {"greet": {"wrod": "servus"}}

            def test_one(self, run_step):
                pass

        class TestLeak:
            @pytest.fixture
            def plugin_settings(self):
                return {"greet": {"broken": True}}

            def test_two(self, run_step):
                pass
        """,
        passed=1,
        errors=2,
    )
    assert "there is no setting wrod (the fixture plugin_settings); did you mean word?" in out
    assert "plugin greet (shop-greet 1.0) failed at the end of lifespan: OSError: the pool leaks" in out


def test_only_the_plugins_of_the_own_distribution_are_loaded_unless_a_test_says_otherwise(check) -> None:
    check(
        """
        def test_own(plugin_names):
            assert plugin_names == ("greet",)

        class TestNone:
            @pytest.fixture
            def plugin_names(self):
                return ()

            def test_none(self, run_step):
                with pytest.raises(StepError, match="no plugin has the step greet.hello"):
                    run_step("greet.hello", {"name": "Ada"})
        """,
        passed=2,
    )


def test_projects_that_do_not_use_it_pay_nothing(check) -> None:
    check(
        """
        import sys

        def test_modules():
            assert "rulesflow.testing.fixtures" in sys.modules
            heavy = {"rulesflow.hooks", "rulesflow.rules", "rulesflow.runtime", "pydantic", "dbos"}
            assert heavy & set(sys.modules) == set()
        """,
        passed=1,
    )
