from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from rulesflow import (
    Breaker,
    Diagnostic,
    Event,
    Function,
    PluginSettings,
    Principal,
    Request,
    Resource,
    Ruleset,
    RuleSource,
    Severity,
    Span,
    Step,
    Verdict,
    function,
    hookimpl,
)
from rulesflow.conditions import STANDARD
from rulesflow.documents.folder import read_folder
from rulesflow.hooks.failure import PluginError
from rulesflow.hooks.manager import Plugins, load_plugins
from rulesflow.hooks.settings import gather_settings
from rulesflow.model.times import Timestamp, parse_timestamp
from rulesflow.rules import Loaded, load

AT = parse_timestamp("2026-11-27T08:00:00Z")
STEPS = """
    @hookimpl
    def register_steps():
        return [Step("{name}", lambda call: {{}})]
"""


def only(*plugins: Any, settings: PluginSettings | None = None, **named: Any) -> Plugins:
    """These plugins, and none that happens to be installed."""
    extra = {f"plugin{number}": plugin for number, plugin in enumerate(plugins, 1)} | named
    return load_plugins(settings, only=(), extra=extra)


def problems(*plugins: Any, **named: Any) -> tuple[str, ...]:
    with pytest.raises(PluginError) as caught:
        only(*plugins, **named)
    return caught.value.problems


def installed(*names: str) -> Plugins:
    return load_plugins(only=names)


def installed_problems(*names: str) -> tuple[str, ...]:
    with pytest.raises(PluginError) as caught:
        installed(*names)
    return caught.value.problems


def stepper(*names: str) -> Any:
    """A plugin with steps of these names that do nothing."""

    class Stepper:
        @hookimpl
        def register_steps(self) -> Iterable[Step]:
            return [Step(name, lambda call: {}) for name in names]

    return Stepper()


# -- discovery ---------------------------------------------------------------------------------------------


def test_a_plugin_is_found_because_it_is_installed(install: Any) -> None:
    install("greet", STEPS.format(name="greet.hello"), version="2.1")
    plugins = installed("greet")
    assert set(plugins.steps) == {"greet.hello"}
    found = plugins.plugins[-1]
    assert (found.name, found.distribution, found.version) == ("greet", "shop-greet", "2.1")
    assert (found.hooks, found.steps, found.functions) == (("register_steps",), ("greet.hello",), ())


def test_the_functions_of_the_language_come_by_the_same_hook() -> None:
    plugins = only()
    assert [plugin.name for plugin in plugins.plugins] == ["rulesflow"]
    assert plugins.functions == STANDARD


def test_two_plugins_with_one_step_fail_at_start_and_both_are_named(install: Any) -> None:
    install("first", STEPS.format(name="shop.pay"))
    install("second", STEPS.format(name="shop.pay"))
    assert installed_problems("first", "second") == (
        "the step shop.pay: plugin first (shop-first 1.0) and plugin second (shop-second 1.0) "
        "both register it; rename one of them",
    )


def test_two_plugins_with_one_function_fail_at_start_and_so_does_one_of_the_language() -> None:
    class Doubling:
        @hookimpl
        def register_functions(self) -> Iterable[Function]:
            return [function("double_it", ["number"], "number", lambda x: x * 2)]

    class Sizing:
        @hookimpl
        def register_functions(self) -> Iterable[Function]:
            return [function("size", ["number"], "number", lambda x: x)]

    (problem,) = problems(Doubling(), Doubling())
    assert problem.startswith("the function double_it: plugin plugin1 and plugin plugin2 both register it")
    (problem,) = problems(Sizing())
    assert problem.startswith("the function size: plugin rulesflow (rulesflow ")
    assert "and plugin plugin1 both register it" in problem


def test_a_plugin_that_registers_a_step_twice_is_told_so() -> None:
    assert problems(stepper("a.b", "a.b")) == (
        "the step a.b: plugin plugin1 itself registers it twice; rename one of them",
    )


def test_two_distributions_with_one_entry_point_are_both_named(install: Any) -> None:
    install("pay", STEPS.format(name="pay.a"), distribution="acme-pay")
    install("pay", STEPS.format(name="pay.b"), distribution="best-pay")
    assert installed_problems("pay") == (
        "plugin pay (acme-pay 1.0) and plugin pay (best-pay 1.0) have one name; uninstall one of them",
    )


def test_a_misspelt_hook_fails_at_start_and_is_told_the_right_one(install: Any) -> None:
    install("greet", "@hookimpl\ndef register_step():\n    return []\n")
    assert installed_problems("greet") == (
        "plugin greet (shop-greet 1.0): there is no hook register_step; did you mean register_steps?",
    )


def test_a_hook_without_its_mark_is_not_passed_over(install: Any) -> None:
    install("greet", "def register_steps():\n    return []\n")
    assert installed_problems("greet") == (
        "plugin greet (shop-greet 1.0): register_steps lacks its mark; write @hookimpl above it",
    )


def test_a_hook_with_a_parameter_that_there_is_not_names_the_plugin(install: Any) -> None:
    install("greet", "@hookimpl\ndef observe(evnt):\n    pass\n")
    (problem,) = installed_problems("greet")
    assert problem.startswith("plugin greet (shop-greet 1.0): ")
    assert "evnt" in problem


def test_a_wrapper_is_refused() -> None:
    class Wrapper:
        @hookimpl(wrapper=True)
        def observe(self, event: Event) -> Iterator[None]:
            return (yield)

    (problem,) = problems(Wrapper())
    assert "observe is a wrapper" in problem


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "import no_such_thing",
            "ModuleNotFoundError: No module named 'no_such_thing' (site/shop_greet.py:2)",
        ),
        ("1 / 0", "ZeroDivisionError: division by zero (site/shop_greet.py:2)"),
        ("def :", "SyntaxError: invalid syntax (shop_greet.py, line 2)"),
        ("raise SystemExit(3)", "SystemExit: 3 (site/shop_greet.py:2)"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_named_with_the_place(
    install: Any, code: str, reason: str
) -> None:
    install("greet", code)
    assert installed_problems("greet") == (
        f"plugin greet (shop-greet 1.0) cannot be imported: {reason}; mend or uninstall it",
    )


def test_a_plugin_that_raises_in_a_hook_is_named_with_the_place(install: Any) -> None:
    install("greet", "@hookimpl\ndef register_steps():\n    yield 1 / 0\n")
    assert installed_problems("greet") == (
        "plugin greet (shop-greet 1.0) failed in register_steps: ZeroDivisionError: division by zero "
        "(site/shop_greet.py:4)",
    )


def test_a_model_that_a_plugin_checks_by_itself_does_not_repeat_what_it_was_given(install: Any) -> None:
    install(
        "greet",
        """
        from pydantic import BaseModel
        class Own(BaseModel):
            token: int
        @hookimpl
        def register_steps():
            Own(token="s3cret")
        """,
    )
    (problem,) = installed_problems("greet")
    assert "failed in register_steps: ValidationError: token: Input should be a valid integer" in problem
    assert "s3cret" not in problem


def test_everything_that_is_wrong_is_told_at_once(install: Any) -> None:
    install("first", "1 / 0")
    install("second", "@hookimpl\ndef obserfe(event):\n    pass\n")
    assert [problem.partition(" (")[0] for problem in installed_problems("first", "second")] == [
        "plugin first",
        "plugin second",
    ]


# -- what plugins register ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Step("Stock", print), "'Stock' is no name of a step; a name is plugin and verb, as stock.reserve"),
        (Step("a.b", 3), "step a.b: its handler is a int, not a function"),  # type: ignore[arg-type]
        (Step("a.b", print, undo="a.undo"), "step a.b: there is no step a.undo to undo it; register it too"),
        (
            Step("a.b", print, input={"type": "objct"}),
            "step a.b: the input schema is not right: type must be",
        ),
        (
            Step("a.b", print, output={"type": {1}}),
            "step a.b: the output schema is no JSON: /type: a set is no",
        ),
        (Step("a.b", print, errors=["declined"]), "step a.b: errors must map each code to its class"),  # type: ignore[arg-type]
        (Step("a.b", print, errors={"timeout": "timeout"}), "the error code timeout is the name of a class"),  # type: ignore[dict-item]
        (Step("a.b", print, errors={"no money": "rejected"}), "the error code 'no money' is no name"),  # type: ignore[dict-item]
        (
            Step("a.b", print, errors={"broke": "refused"}),
            "'refused' is no class of errors; it is one of unava",
        ),  # type: ignore[dict-item]
        ({"name": "a.b"}, "register_steps gave a dict, not a Step"),
    ],
)
def test_a_step_that_cannot_be_called_fails_at_start(step: Any, told: str) -> None:
    class Plugin:
        @hookimpl
        def register_steps(self) -> Iterable[Step]:
            return [step]

    (problem,) = problems(Plugin())
    assert problem.startswith("plugin plugin1: ")
    assert told in problem


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (Function("a-b", ()), "'a-b' is no name of a function; a name is a name, as fraud.score"),
        (Function("a.b", ()), "function a.b has no overload"),
        (
            function("package.size", ["number"], "number", len),
            "a word in package.size is the language's own; rename it",
        ),
        (
            function("true.size", ["number"], "number", len),
            "a word in true.size is the language's own; rename it",
        ),
        (Function("exists", ()), "the function exists has the name of a macro; rename it"),
        (len, "register_functions gave a builtin_function_or_method, not a Function"),
    ],
)
def test_a_function_that_cannot_be_called_fails_at_start(given: Any, told: str) -> None:
    class Plugin:
        @hookimpl
        def register_functions(self) -> Iterable[Function]:
            return [given]

    assert problems(Plugin()) == (f"plugin plugin1: {told}",)


def test_hooks_take_the_parameters_that_they_name_and_may_give_nothing() -> None:
    class Plugin:
        @hookimpl
        def register_steps(self) -> None:
            return None

        @hookimpl
        def register_functions(self, settings: PluginSettings) -> Iterable[Function]:
            assert isinstance(settings, PluginSettings)
            return ()

    assert only(Plugin()).plugins[-1].hooks == ("register_steps", "register_functions")


# -- settings ----------------------------------------------------------------------------------------------


class Database(BaseModel):
    database: str = "none"


class Reader:
    """A plugin that reads its settings when it registers."""

    @hookimpl
    def register_steps(self, settings: PluginSettings) -> Iterable[Step]:
        self.settings = settings.read("stock", Database)
        return ()


def test_a_plugin_reads_its_settings_when_it_registers() -> None:
    reader = Reader()
    only(stock=reader, settings=gather_settings({"stock": {"database": "x.db"}}, {}))
    assert reader.settings.database == "x.db"


def test_a_wrong_setting_is_told_once_and_as_it_is() -> None:
    with pytest.raises(PluginError) as caught:
        only(stock=Reader(), settings=gather_settings({"stock": {"databse": "x"}}, {}))
    assert caught.value.problems == (
        "plugin stock: there is no setting databse (rulesflow.yaml); did you mean database?",
    )


def test_settings_of_a_plugin_that_is_not_installed_are_an_error() -> None:
    with pytest.raises(PluginError) as caught:
        only(stock=Reader(), settings=gather_settings({"stok": {"database": "x"}}, {}))
    assert caught.value.problems == ("rulesflow.yaml: there is no plugin stok; did you mean stock?",)


def test_settings_that_their_plugin_does_not_read_are_an_error() -> None:
    with pytest.raises(PluginError) as caught:
        only(stock=stepper("stock.a"), settings=gather_settings({"stock": {"database": "x"}}, {}))
    assert caught.value.problems == ("rulesflow.yaml: the plugin stock reads no settings; take them out",)


def test_a_setting_that_does_not_fit_is_told_when_the_lifespan_begins() -> None:
    class Late:
        @hookimpl
        def lifespan(self, settings: PluginSettings) -> None:
            settings.read("stock", Database)

    def live(**given: str) -> None:
        async def main() -> None:
            async with only(stock=Late(), settings=gather_settings({"stock": given}, {})).lifespan():
                pass

        asyncio.run(main())

    live(database="x")
    with pytest.raises(PluginError, match=r"^plugin stock: there is no setting databse \(rulesflow.yaml\)"):
        live(databse="x")


def test_a_lifespan_that_takes_no_settings_reads_none() -> None:
    with pytest.raises(PluginError, match="the plugin stock reads no settings"):
        only(stock=living("stock", []), settings=gather_settings({"stock": {"database": "x"}}, {}))


def test_settings_may_be_read_as_late_as_the_lifespan_begins() -> None:
    class Late:
        @hookimpl
        @asynccontextmanager
        async def lifespan(self, settings: PluginSettings) -> AsyncIterator[None]:
            if reads:
                settings.read("stock", Database)
            yield

    async def live() -> None:
        async with only(stock=Late(), settings=gather_settings({"stock": {"database": "x"}}, {})).lifespan():
            pass

    reads = True
    asyncio.run(live())
    reads = False
    with pytest.raises(PluginError, match="reads no settings"):
        asyncio.run(live())


# -- rules -------------------------------------------------------------------------------------------------

PROJECT = {
    "rulesflow.yaml": "project: shop\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": "type: object\nproperties: {total: {type: number}}\nrequired: [total]\n",
    "base/size.yaml": (
        "decision: size\noutcome: {big: {type: boolean}}\n"
        "rules:\n- {rule: big, when: shop.double(total) > 10, then: {big: true}}\ndefault: {big: false}\n"
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in PROJECT.items():
        path = tmp_path / "rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "rules"


def load_with(plugins: Plugins, root: Path) -> Loaded:
    """Load a folder with all that plugins have to add or to say."""
    folder = plugins.folder(read_folder(root))
    loaded = load(folder.files, folder.diagnostics, plugins.functions)
    found = plugins.check(loaded.ruleset) if loaded.ruleset else ()
    failed = loaded.errors or any(each.severity is Severity.ERROR for each in found)
    return replace(
        loaded, ruleset=None if failed else loaded.ruleset, diagnostics=(*loaded.diagnostics, *found)
    )


class Doubler:
    @hookimpl
    def register_functions(self) -> Iterable[Function]:
        return [function("shop.double", ["number"], "number", lambda x: x * 2)]


def test_conditions_call_the_functions_of_plugins(project: Path) -> None:
    loaded = load_with(only(Doubler()), project)
    assert loaded.ruleset is not None, loaded.diagnostics
    assert loaded.ruleset.decide("size", {"total": 6}, AT).result == {"big": True}
    assert loaded.ruleset.decide("size", {"total": 5}, AT).result == {"big": False}
    without = load_with(only(), project)
    assert without.errors[0].span.file == "base/size.yaml"


def policy(*found: Any) -> Any:
    class Policy:
        @hookimpl
        def check_ruleset(self, ruleset: Ruleset) -> Iterable[Diagnostic]:
            assert "size" in ruleset.decisions
            for each in found:
                if isinstance(each, Exception):
                    raise each
                yield each

    return Policy()


def test_a_policy_keeps_rules_from_being_activated_unless_it_only_warns(project: Path) -> None:
    place = Span("base/size.yaml", 1, 1, 2)
    warning = Diagnostic("SHOP1", "no title", place, severity=Severity.WARNING)
    loaded = load_with(only(Doubler(), policy(warning)), project)
    assert loaded.ruleset is not None
    assert loaded.diagnostics == (warning,)
    error = Diagnostic("SHOP2", "no owner", place)
    loaded = load_with(only(Doubler(), policy(error, warning)), project)
    assert loaded.ruleset is None
    assert loaded.diagnostics == (warning, error)


@pytest.mark.parametrize("found", [KeyError("owner"), "SHOP1"])
def test_a_policy_that_fails_is_an_error_that_names_it(project: Path, found: Any) -> None:
    loaded = load_with(only(Doubler(), policy(found)), project)
    assert loaded.ruleset is None
    (error,) = loaded.errors
    assert error.code == "RF900"
    assert error.message.startswith("plugin plugin2 failed in check_ruleset: ")


def source(name: str, files: Any) -> Any:
    class Source:
        @hookimpl
        def register_rule_sources(self, settings: PluginSettings) -> Iterable[RuleSource]:
            return [RuleSource(name, files)]

    return Source()


def test_a_rule_source_gives_files_beside_those_of_the_folder(project: Path) -> None:
    (project / "base/size.yaml").unlink()
    given = {"base/size.yaml": PROJECT["base/size.yaml"].encode()}
    loaded = load_with(only(Doubler(), source("the bucket", lambda: given)), project)
    assert loaded.ruleset is not None
    assert list(loaded.ruleset.decisions) == ["size"]


def test_two_sources_of_one_file_are_both_named(project: Path) -> None:
    given = {"base/size.yaml": b"x: 1", "base/other.yaml": b"x: 1"}
    plugins = only(Doubler(), source("the bucket", lambda: given), source("the cellar", lambda: given))
    found = [(each.span.file, each.message) for each in load_with(plugins, project).errors]
    assert ("base/other.yaml", "both the bucket and the cellar give this file") in found
    assert ("base/size.yaml", f"both the folder {project} and the bucket give this file") in found


@pytest.mark.parametrize("files", [{"/etc/x.yaml": b""}, {"a.yaml": "text"}, None])
def test_a_source_that_cannot_be_read_is_an_error_that_names_it(project: Path, files: Any) -> None:
    loaded = load_with(only(Doubler(), source("the bucket", lambda: files)), project)
    assert loaded.ruleset is None
    assert loaded.errors[0].message.startswith("the bucket cannot be read: ")


def test_a_source_that_changes_asks_for_a_reload_and_so_does_one_that_breaks() -> None:
    files: Any = {"a.yaml": b"1"}
    looks = 0

    def read() -> Any:
        nonlocal looks
        looks += 1
        return files

    class Source:
        @hookimpl
        def register_rule_sources(self) -> Iterable[RuleSource]:
            return [RuleSource("the bucket", read, every=0.001), RuleSource("the cellar", dict)]

    async def main() -> list[Any]:
        nonlocal files
        reloads: asyncio.Queue[Any] = asyncio.Queue()
        watching = asyncio.ensure_future(only(Source()).watch_sources(lambda: reloads.put_nowait(files)))
        found = []
        for changed in ({"a.yaml": b"2"}, None, {"a.yaml": b"2", "b.yaml": b""}):
            seen = looks
            while looks < seen + 3:  # it is looked at, and looked at again, and nothing is new
                await asyncio.sleep(0.001)
            assert reloads.empty()
            files = changed
            found.append(await asyncio.wait_for(reloads.get(), 20))
        watching.cancel()
        return found

    assert asyncio.run(main()) == [{"a.yaml": b"2"}, None, {"a.yaml": b"2", "b.yaml": b""}]


def test_what_is_no_source_fails_at_start() -> None:
    class Plugin:
        @hookimpl
        def register_rule_sources(self) -> Iterable[Any]:
            return ["rules"]

    assert problems(Plugin()) == ("plugin plugin1: register_rule_sources gave a str, not a RuleSource",)


# -- resources ---------------------------------------------------------------------------------------------


def resource(*resources: Any) -> Any:
    class Describing:
        @hookimpl
        def register_resources(self, settings: PluginSettings) -> Iterable[Resource]:
            return resources

    return Describing()


def test_a_plugin_describes_the_services_that_steps_need() -> None:
    given = Resource("payment", concurrency=20, breaker=Breaker(slow=5.0))
    plugins = only(resource(given))
    assert plugins.resources == {"payment": given}
    assert plugins.plugins[-1].hooks == ("register_resources",)


def test_two_plugins_with_one_resource_fail_at_start_and_both_are_named() -> None:
    assert problems(resource(Resource("payment")), resource(Resource("payment"))) == (
        "the resource payment: plugin plugin1 and plugin plugin2 both register it; rename one of them",
    )
    assert problems(resource(Resource("payment"), Resource("payment"))) == (
        "the resource payment: plugin plugin1 itself registers it twice; rename one of them",
    )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("payment", "register_resources gave a str, not a Resource"),
        (
            Resource("Pay ment"),
            "'Pay ment' is no name of a resource; a name is as Step.resource has it, payment",
        ),
        (Resource("p", concurrency=0), "resource p: concurrency must be above 0, at most 1,000,000"),
        (Resource("p", concurrency=1.5), "resource p: concurrency must be a whole number"),  # type: ignore[arg-type]
        (Resource("p", rate=float("nan")), "resource p: rate must be above 0, at most 1,000,000"),
        (Resource("p", breaker=Breaker(failures=50)), "resource p: failures must be above 0, at most 1"),
        (Resource("p", breaker=Breaker(rest=60)), "resource p: longest_rest is shorter than rest"),
        (
            Resource("p", breaker=Breaker(errors=("down",))),  # type: ignore[arg-type]
            "resource p: errors must be some of unavailable, timeout, rejected, invalid, conflict, internal",
        ),
        (Resource("p", health=True), "resource p: its health check is no function"),  # type: ignore[arg-type]
    ],
)
def test_a_resource_that_cannot_be_fails_at_start(given: Any, problem: str) -> None:
    assert problems(resource(given)) == (f"plugin plugin1: {problem}",)


def test_a_step_names_its_resource_by_a_name() -> None:
    class Plugin:
        @hookimpl
        def register_steps(self) -> Iterable[Step]:
            return [Step("shop.pay", lambda call: {}, resource="the bank")]

    (problem,) = problems(Plugin())
    assert problem.startswith("plugin plugin1: step shop.pay: 'the bank' is no name of a resource; ")


# -- lifespan ----------------------------------------------------------------------------------------------


def living(name: str, log: list[str], fail: str = "") -> Any:
    class Living:
        @hookimpl
        @asynccontextmanager
        async def lifespan(self) -> AsyncIterator[None]:
            if fail == "begin":
                raise OSError("no pool")
            log.append(f"+{name}")
            yield
            log.append(f"-{name}")
            if fail == "end":
                raise OSError("no end")

    return Living()


def test_lifespans_are_entered_in_order_and_left_in_reverse() -> None:
    log: list[str] = []
    plugins = only(b=living("b", log), a=living("a", log), c=stepper())

    async def live() -> None:
        async with plugins.lifespan():
            log.append("live")

    asyncio.run(live())
    assert log == ["+a", "+b", "live", "-b", "-a"]


def test_a_lifespan_that_cannot_begin_is_named_and_those_before_it_end() -> None:
    log: list[str] = []

    async def live() -> None:
        async with only(a=living("a", log), b=living("b", log, fail="begin")).lifespan():
            log.append("live")

    with pytest.raises(PluginError, match=r"^plugin b failed in lifespan: OSError: no pool \(hooks/test_"):
        asyncio.run(live())
    assert log == ["+a", "-a"]


def test_a_lifespan_that_fails_to_end_is_named_and_the_others_end() -> None:
    log: list[str] = []

    async def live() -> None:
        async with only(a=living("a", log), b=living("b", log, fail="end")).lifespan():
            log.append("live")

    with pytest.raises(PluginError, match=r"^plugin b failed at the end of lifespan: OSError: no end"):
        asyncio.run(live())
    assert log == ["+a", "+b", "live", "-b", "-a"]


def test_what_ends_the_service_is_not_hidden_by_a_lifespan_that_fails_to_end() -> None:
    async def live() -> None:
        async with only(a=living("a", [], fail="end")).lifespan():
            raise KeyError("the service")

    with pytest.raises(KeyError, match="the service"):
        asyncio.run(live())


def test_a_lifespan_of_another_kind_is_named() -> None:
    class Plugin:
        @hookimpl
        def lifespan(self) -> Any:
            return 3

    async def live() -> None:
        async with only(Plugin()).lifespan():
            raise AssertionError

    with pytest.raises(PluginError, match="plugin plugin1 failed in lifespan: TypeError: it gave a int"):
        asyncio.run(live())


# -- who may ------------------------------------------------------------------------------------------------

ADA = Principal("ada", frozenset({"operator"}))
REQUEST = Request("GET", "/v1/runs", {"authorization": "Bearer ada"})


def knowing(answer: Any) -> Any:
    class Knowing:
        @hookimpl
        def authenticate(self, request: Request) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer if request.headers.get("authorization") == "Bearer ada" else None

    return Knowing()


def test_the_first_plugin_that_knows_the_caller_is_believed() -> None:
    other = Principal("bob")
    plugins = only(knowing(None), knowing(ADA), knowing(other))
    assert plugins.authenticates
    assert asyncio.run(plugins.authenticate(REQUEST)) == ADA
    assert asyncio.run(plugins.authenticate(Request("GET", "/"))) is None
    assert not only().authenticates


def test_a_plugin_may_ask_somebody_else_who_calls() -> None:
    class Asking:
        @hookimpl
        async def authenticate(self, request: Request) -> Principal:
            await asyncio.sleep(0)
            return ADA

    assert asyncio.run(only(Asking()).authenticate(REQUEST)) == ADA


@pytest.mark.parametrize("answer", [OSError("no directory"), "ada"])
def test_nobody_is_let_in_by_a_plugin_that_fails(answer: Any) -> None:
    with pytest.raises(PluginError, match=r"^plugin plugin1.* authenticate"):
        asyncio.run(only(knowing(answer), knowing(ADA)).authenticate(REQUEST))


def judging(answer: Any) -> Any:
    class Judging:
        @hookimpl
        def authorize(self, principal: Principal, action: str, resource: str) -> Any:
            assert (principal, action, resource) == (ADA, "cancel", "run:1")
            if isinstance(answer, Exception):
                raise answer
            return answer

    return Judging()


YES, NO = Verdict(True), Verdict(False, "not on Fridays")


@pytest.mark.parametrize(
    ("answers", "allowed"),
    [
        ([], True),
        ([None], False),
        ([YES], True),
        ([YES, None], True),
        ([YES, NO], False),
        ([NO, YES], False),
        ([YES, ValueError("broken")], False),
        ([YES, True], False),
    ],
)
def test_any_deny_wins_and_silence_denies(answers: list[Any], allowed: bool) -> None:
    verdict = only(*map(judging, answers)).authorize(ADA, "cancel", "run:1")
    assert verdict.allowed is allowed
    assert verdict.allowed or verdict.reason


# -- observers ---------------------------------------------------------------------------------------------


def test_an_observer_that_raises_harms_nobody_and_is_logged_once_for_each_kind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[str] = []

    class Broken:
        @hookimpl
        def observe(self, event: Event) -> None:
            raise ValueError(event.subject)

    class Good:
        @hookimpl
        def observe(self, event: Event) -> None:
            heard.append(event.subject)

    plugins = only(Broken(), Good())
    with caplog.at_level(logging.ERROR):
        for kind, subject in [("run.failed", "1"), ("run.failed", "2"), ("run.completed", "3")]:
            plugins.observe(Event(kind, Timestamp(0), subject))
    assert heard == ["1", "2", "3"]
    assert [record.message for record in caplog.records] == [
        "plugin plugin1 failed to observe run.failed; this is told once",
        "plugin plugin1 failed to observe run.completed; this is told once",
    ]
