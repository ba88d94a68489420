"""The plugins of one process: found, checked, and asked by hook. There is no global one."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable, isfunction, ismodule
from typing import Any, Final

from pluggy import HookImpl, PluginManager, PluginValidationError

from rulesflow import __version__
from rulesflow.conditions import Function
from rulesflow.documents.folder import Folder
from rulesflow.hooks import builtin, spec
from rulesflow.hooks.access import ALLOWED, Principal, Request, Verdict
from rulesflow.hooks.discovery import Found, discover
from rulesflow.hooks.event import Event
from rulesflow.hooks.failure import PluginError, told
from rulesflow.hooks.mark import PROJECT
from rulesflow.hooks.reading import PluginSettingsRefused
from rulesflow.hooks.registry import Registry
from rulesflow.hooks.settings import PluginSettings
from rulesflow.hooks.source import RuleSource, watch_sources, with_sources
from rulesflow.model.diagnostics import Diagnostic, Span, did_you_mean
from rulesflow.rules import PROJECT_FILE, Ruleset
from rulesflow.workflows.resource import Resource
from rulesflow.workflows.step import Step

logger = logging.getLogger(__name__)

#: The names of all hooks.
HOOKS: Final = (
    "register_steps",
    "register_functions",
    "register_rule_sources",
    "register_resources",
    "check_ruleset",
    "lifespan",
    "authenticate",
    "authorize",
    "observe",
)


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that is loaded, and what it gave."""

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...]
    steps: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


class Plugins:
    """All plugins. ``steps``, ``resources`` and ``functions`` by name, with those of the language."""

    def __init__(self, manager: PluginManager, found: Mapping[str, Found], settings: PluginSettings) -> None:
        self._manager = manager
        self._found = found
        self._settings = settings
        self._silenced: set[tuple[str, str]] = set()
        registry = Registry()
        steps = self._gather("register_steps", registry.add_step, registry.problems)
        functions = self._gather("register_functions", registry.add_function, registry.problems)
        sources: list[RuleSource] = []
        self._gather(
            "register_rule_sources", partial(_add_source, sources, registry.problems), registry.problems
        )
        self._gather("register_resources", registry.add_resource, registry.problems)
        registry.check_undos()
        if not registry.problems:
            late = {each.plugin_name for each in self._implementations("lifespan") if each.argnames}
            registry.problems += settings.unread(found.keys() - late)
        if registry.problems:
            raise PluginError(dict.fromkeys(registry.problems))
        self.steps: Mapping[str, Step] = registry.steps
        self.functions: Mapping[str, Function] = registry.functions
        self.resources: Mapping[str, Resource] = registry.resources
        self.sources: tuple[RuleSource, ...] = tuple(sources)
        self.plugins: tuple[Plugin, ...] = tuple(
            Plugin(
                each.name,
                each.distribution,
                each.version,
                self._hooks(each.name),
                steps.get(each.name, ()),
                functions.get(each.name, ()),
            )
            for each in found.values()
        )

    def folder(self, folder: Folder) -> Folder:
        """The folder with the files of all rule sources, to be loaded with `steps` and `functions`."""
        return with_sources(folder, self.sources)

    def check(self, ruleset: Ruleset) -> tuple[Diagnostic, ...]:
        """What plugins find wrong with a ruleset; an error must keep it from being activated."""
        return tuple(sorted(self._check(ruleset), key=lambda each: each.order))

    async def watch_sources(self, reload: Callable[[], object]) -> None:
        """Look at the rule sources that may change, and call ``reload`` when one has. Ends when cancelled."""
        await watch_sources(self.sources, reload)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Enter what plugins hold while the service runs. Raises `PluginError` naming one that fails."""
        entered: list[tuple[str, AbstractAsyncContextManager[Any]]] = []
        try:
            for each in self._implementations("lifespan"):
                held = await self._enter(each)
                if held is not None:
                    entered.append((each.plugin_name, held))
            unread = list(self._settings.unread(self._found))
            if unread:
                raise PluginError(unread)
            yield
        finally:
            problems = [problem for each in reversed(entered) if (problem := await self._leave(*each))]
        if problems:
            raise PluginError(problems)

    async def authenticate(self, request: Request) -> Principal | None:
        """Who calls, by the first plugin that knows. Raises `PluginError` where one fails."""
        for each in self._implementations("authenticate"):
            try:
                principal = _call(each, request=request)
                if isawaitable(principal):
                    principal = await principal
            except Exception as error:
                logger.exception("%s failed in authenticate", self._shown(each))
                raise PluginError([f"{self._shown(each)} failed in authenticate: {told(error)}"]) from None
            if isinstance(principal, Principal):
                return principal
            if principal is not None:
                raise PluginError([f"{self._shown(each)}: authenticate gave a {type(principal).__name__}"])
        return None

    @property
    def authenticates(self) -> bool:
        """Whether any plugin has the hook `authenticate`."""
        return bool(self._implementations("authenticate"))

    @property
    def authorizes(self) -> bool:
        """Whether any plugin has the hook `authorize`."""
        return bool(self._implementations("authorize"))

    def authorize(self, principal: Principal, action: str, resource: str) -> Verdict:
        """Whether a caller may: any plugin that denies wins, silence denies; without such plugins, he may."""
        asked = self._implementations("authorize")
        verdicts = [self._verdict(each, principal, action, resource) for each in asked]
        given = [verdict for verdict in verdicts if verdict is not None]
        denied = next((verdict for verdict in given if not verdict.allowed), None)
        if denied is not None:
            return denied
        if given or not asked:
            return given[0] if given else ALLOWED
        return Verdict(False, f"no plugin allows {principal.name} to {action} {resource}")

    def observe(self, event: Event) -> None:
        """Let all observers know. One that raises is logged, once for each kind of event."""
        for each in self._implementations("observe"):
            try:
                _call(each, event=event)
            except Exception:
                if (each.plugin_name, event.kind) not in self._silenced:
                    self._silenced.add((each.plugin_name, event.kind))
                    logger.exception(
                        "%s failed to observe %s; this is told once", self._shown(each), event.kind
                    )

    # -- asking ---------------------------------------------------------------------------------------------

    def _implementations(self, hook: str) -> list[HookImpl]:
        """Who implements a hook, in the order in which they are called."""
        return list(reversed(getattr(self._manager.hook, hook).get_hookimpls()))

    def _hooks(self, plugin: str) -> tuple[str, ...]:
        return tuple(
            name for name in HOOKS if any(each.plugin_name == plugin for each in self._implementations(name))
        )

    def _shown(self, implementation: HookImpl) -> str:
        return str(self._found[implementation.plugin_name])

    def _gather(
        self, hook: str, add: Callable[[Any, str], str | None], problems: list[str]
    ) -> dict[str, tuple[str, ...]]:
        """Take in what each plugin gives; the names of it, by plugin."""
        names: dict[str, tuple[str, ...]] = {}
        for each in self._implementations(hook):
            owner = self._shown(each)
            try:
                given = list(_call(each, settings=self._settings) or ())
            except PluginSettingsRefused as refused:
                problems += str(refused).split("\n")
                continue
            except (Exception, SystemExit) as error:
                logger.debug("%s failed in %s", owner, hook, exc_info=error)
                problems.append(f"{owner} failed in {hook}: {told(error)}")
                continue
            added = (add(item, owner) for item in given)
            names[each.plugin_name] = tuple(name for name in added if name is not None)
        return names

    def _check(self, ruleset: Ruleset) -> Iterator[Diagnostic]:
        for each in self._implementations("check_ruleset"):
            try:
                found = list(_call(each, ruleset=ruleset) or ())
                wrong = next((item for item in found if not isinstance(item, Diagnostic)), None)
                if wrong is not None:
                    raise TypeError(f"it gave a {type(wrong).__name__}, not a Diagnostic")
            except Exception as error:
                logger.exception("%s failed in check_ruleset", self._shown(each))
                message = f"{self._shown(each)} failed in check_ruleset: {told(error)}"
                yield Diagnostic(
                    "RF900", message, Span(PROJECT_FILE, 1, 1, 1), "mend or uninstall the plugin"
                )
            else:
                yield from found

    def _verdict(self, each: HookImpl, principal: Principal, action: str, resource: str) -> Verdict | None:
        """A plugin's opinion; one that fails denies."""
        try:
            verdict = _call(each, principal=principal, action=action, resource=resource)
            if verdict is None or isinstance(verdict, Verdict):
                return verdict
            raise TypeError(f"it gave a {type(verdict).__name__}, not a Verdict")
        except Exception:
            logger.exception("%s failed in authorize", self._shown(each))
            return Verdict(False, f"plugin {each.plugin_name} failed to decide whether this is allowed")

    async def _enter(self, each: HookImpl) -> AbstractAsyncContextManager[Any] | None:
        try:
            held = _call(each, settings=self._settings)
            if held is None:
                return None
            if not isinstance(held, AbstractAsyncContextManager):
                raise TypeError(f"it gave a {type(held).__name__}, not an asynchronous context manager")
            await held.__aenter__()
        except PluginSettingsRefused as refused:
            raise PluginError(str(refused).split("\n")) from None
        except Exception as error:
            logger.debug("%s failed in lifespan", self._shown(each), exc_info=error)
            raise PluginError([f"{self._shown(each)} failed in lifespan: {told(error)}"]) from None
        return held

    async def _leave(self, plugin: str, held: AbstractAsyncContextManager[Any]) -> str | None:
        """End what a plugin held; the others end too, whatever comes of it."""
        try:
            await held.__aexit__(None, None, None)
        except Exception as error:
            logger.exception("%s failed at the end of lifespan", self._found[plugin])
            return f"{self._found[plugin]} failed at the end of lifespan: {told(error)}"
        return None


def load_plugins(
    settings: PluginSettings | None = None,
    *,
    only: Collection[str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Plugins:
    """Find and check all installed plugins.

    ``only``: the names of those to load, all by default. ``extra``: further ones by name, which need not be
    installed. Raises `PluginError` with everything that is wrong.
    """
    settings = settings or PluginSettings()
    found, problems = discover(only)
    found += [Found(name, plugin, "", "") for name, plugin in (extra or {}).items()]
    problems += settings.unknown(each.name for each in found) if not problems else ()
    plugins = {each.name: each for each in sorted(found, key=lambda each: each.name)}
    plugins = {"rulesflow": Found("rulesflow", builtin, "rulesflow", __version__), **plugins}
    manager = PluginManager(PROJECT)
    manager.add_hookspecs(spec)
    for each in reversed(plugins.values()):  # pluggy asks first who came last
        problems += _register(manager, each)
    if problems:
        raise PluginError(problems)
    return Plugins(manager, plugins, settings)


def _register(manager: PluginManager, found: Found) -> Iterator[str]:
    """Register a plugin; complaints of hooks that do not exist, have no mark or wrong parameters."""
    try:
        manager.register(found.plugin, found.name)
    except (PluginValidationError, ValueError) as error:
        yield f"{found}: {' '.join(str(error).split())}"
        return
    for caller in manager.get_hookcallers(found.plugin) or ():
        if not caller.has_spec():
            hint = did_you_mean(caller.name, HOOKS) or f"hooks: {', '.join(HOOKS)}"
            yield f"{found}: there is no hook {caller.name}; {hint}"
        for each in caller.get_hookimpls():
            if each.plugin_name == found.name and (each.wrapper or each.hookwrapper):
                yield f"{found}: {caller.name} is a wrapper; hooks of rulesflow cannot be wrapped"
    marked = {caller.name for caller in manager.get_hookcallers(found.plugin) or ()}
    for name in HOOKS:
        if name not in marked and _own(found.plugin, name):
            yield f"{found}: {name} lacks its mark; write @hookimpl above it"


def _own(plugin: Any, name: str) -> bool:
    """Whether the plugin itself defines a function of that name; an imported one is another's."""
    value = getattr(plugin, name, None)
    return ismodule(plugin) and isfunction(value) and value.__module__ == plugin.__name__


def _add_source(sources: list[RuleSource], problems: list[str], source: Any, owner: str) -> None:
    if isinstance(source, RuleSource):
        sources.append(source)
    else:
        problems.append(f"{owner}: register_rule_sources gave a {type(source).__name__}, not a RuleSource")


def _call(implementation: HookImpl, **arguments: Any) -> Any:
    """Call one implementation with those of the arguments that it takes."""
    return implementation.function(*(arguments[name] for name in implementation.argnames))
