"""Runs: what callers may ask of them. Started, looked at, signalled, ordered about, alone or in bulk."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from rulesflow.documents.jsontext import write_json
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import Conflict, FactsRefused, Fault, UnknownName, pointer
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.bulk import Bulk, Ground, applicable
from rulesflow.runtime.bulks import Bulks
from rulesflow.runtime.catalog import Catalog, now
from rulesflow.runtime.drive import Drive, Order as Start
from rulesflow.runtime.entries import indexed_paths
from rulesflow.runtime.executor import Executor
from rulesflow.runtime.identifiers import id_of, new_id
from rulesflow.runtime.inbox import Inbox, Kind, Message
from rulesflow.runtime.incidents import Incidents
from rulesflow.runtime.listing import ENDED, Listing, Page
from rulesflow.runtime.live import LiveRun
from rulesflow.runtime.orders import Order
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.recall import Seen
from rulesflow.runtime.records import freeze, in_order
from rulesflow.runtime.runquery import NAMES, RunQuery
from rulesflow.runtime.sights import RunSights
from rulesflow.runtime.tracing import Tracer
from rulesflow.runtime.views import whole
from rulesflow.schemas import Schema, SchemaMismatch
from rulesflow.workflows.commands import Action, AwaitSignal, Ordered
from rulesflow.workflows.interpreter import refusal
from rulesflow.workflows.reach import payload_schema, receivable

_OBEYED: Final = 2.0  # seconds for which the answer to an order waits until the run has obeyed
_LOOK: Final = 0.2  # seconds between two looks at a run that another process carries out
_SAMPLE: Final = 5  # runs that the preview of a bulk order names
_VALUES: Final = 100  # of a field that are told
_SHOWN: Final = 80  # characters of a caller's text that a message repeats


class Runs:
    """The service over all runs. Its methods may be awaited in any event loop.

    ``admit`` lets a new run in, or raises `Overloaded`. ``tracer``: whose trace runs join, if anybody traces.
    """

    def __init__(
        self,
        catalog: Catalog,
        archive: Archive,
        inbox: Inbox,
        listing: Listing,
        executor: Executor,
        admit: Callable[[], Awaitable[None]] | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._catalog = catalog
        self._archive = archive
        self._inbox = inbox
        self._listing = listing
        self._incidents = Incidents(listing)
        self._executor = executor
        self._admit = admit
        self._tracer = tracer
        ground = Ground(listing.all, self._obey, executor.durable.submit, executor.name)
        #: Runs as they are drawn.
        self.sights = RunSights(executor)
        self.bulks = Bulk(Bulks(listing.database), ground)
        executor.heirs.append(self.bulks.adopt)

    # -- starting --------------------------------------------------------------------------------------

    async def start(
        self, workflow: str, given: Any, *, key: str | None = None, caller: str = ""
    ) -> dict[str, Any]:
        """Start a run: it is recorded when this returns. One key of a caller is one run.

        Raises `NotReadyError`, `UnknownName`, `FactsRefused`, `Conflict` where the key was used for
        another input, and `Overloaded`.
        """
        project = self._catalog.current().project
        flow = project.workflows.get(workflow)
        if flow is None:
            raise _unknown_workflow(workflow, project)
        try:
            flow.input.validate(given, "/input")
        except SchemaMismatch as mismatch:
            raise FactsRefused(f"the input does not fit workflow {workflow}", mismatch.faults) from None
        assert project.ruleset is not None
        digest = project.ruleset.digest
        if not self._archive.stored(digest):
            await asyncio.to_thread(self._archive.keep, digest, project)
        run = new_id() if key is None else id_of(caller, key)
        trace = self._tracer.context() if self._tracer else {}
        order = Start(run, workflow, digest, given, now(), _fingerprint(workflow, given), caller, trace)
        if key is not None and (known := await self._started(order)) is not None:
            return known
        if self._admit is not None:
            await self._admit()
        beginning = self._executor.durable.call(self._executor.begin(order, project))
        live = await asyncio.shield(beginning)  # a caller who leaves must not leave half a run
        if live is None:  # another call with the same key was quicker
            known = await self._started(order)
            assert known is not None
            return known
        return whole(live.entry(), live.drive, live.history.entries())

    async def _started(self, order: Start) -> dict[str, Any] | None:
        """The run that this order's key has started before."""
        stored = await asyncio.to_thread(self._executor.durable.stored, order.run)
        if stored is None:
            return None
        if stored.order.get("fingerprint") != order.fingerprint:
            detail = "this Idempotency-Key has started a run with another workflow or input"
            raise Conflict(detail, (Fault("", "key-reused", detail, "send a new key with a new input"),))
        return await self.show(order.run)

    # -- looking ---------------------------------------------------------------------------------------

    async def show(self, run: str) -> dict[str, Any]:
        """A run in full. Raises `UnknownName`."""
        return (await self._seen(run)).whole()

    async def wait(self, run: str, seconds: float) -> dict[str, Any]:
        """A run in full, once it has ended or after that time. Raises `UnknownName`."""
        try:
            async with asyncio.timeout(seconds):
                live = self._executor.live(run)
                if live is not None:
                    await self._executor.durable.call(live.over.wait())
                    if live.drive.done is not None:
                        return whole(live.entry(), live.drive, live.history.entries())
                while not (await self._seen(run)).ended:
                    await self._change(run)
        except TimeoutError:
            pass
        return await self.show(run)

    async def history(self, run: str, after: int = 0, limit: int = 1000) -> dict[str, Any]:
        """The entries behind number ``after``: ``{run, entries, next}``. Raises `UnknownName`."""
        entries = (await self._seen(run)).entries()
        page = entries[after : after + limit]
        more = after + limit < len(entries)
        return {"run": run, "entries": page, "next": page[-1]["number"] if more else None}

    async def events(self, run: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """The entries as they come, and each change of status; ends with the run. Raises `UnknownName`."""
        told = ""
        while True:
            seen = await self._seen(run)
            for each in seen.entries()[after:]:
                # a decision behind the last record is told with that which follows it, under its final number
                after = each["number"]
                yield each
            if seen.entry.status != told:
                told = seen.entry.status
                yield {"type": "end" if seen.ended else "status", "status": told}
            if seen.ended:
                return
            await self._change(run)

    async def list(self, query: RunQuery) -> dict[str, Any]:
        """A page of runs: ``{runs, next}``. Raises `FactsRefused` for a field that is not indexed."""
        entries, cursor = await self._page(query)
        return {"runs": [each.as_dict() for each in entries], "next": cursor}

    async def count(self, query: RunQuery) -> dict[str, Any]:
        """How many: ``{count, by_status}``. Raises `FactsRefused`."""
        self._check_fields(query)
        by_status = await asyncio.to_thread(self._listing.count, query)
        return {"count": sum(by_status.values()), "by_status": by_status}

    async def count_by(self, query: RunQuery, by: str) -> dict[str, Any]:
        """How many by ``status``, ``workflow`` or a field: ``{count, by}``. Raises `FactsRefused`."""
        self._check_fields(
            query if by in ("status", "workflow") else replace(query, fields={**query.fields, by: ""})
        )
        count, found = await asyncio.to_thread(self._listing.count_by, query, by)
        return {"count": count, "by": found}

    async def fields(self) -> dict[str, Any]:
        """By which fields runs are found, with some of their values. Raises `NotReadyError`."""
        names = [".".join(path) for path in indexed_paths(self._catalog.current().project)]
        values = await asyncio.to_thread(lambda: [self._listing.values(name, _VALUES) for name in names])
        return {"fields": [{"name": name, "values": each} for name, each in zip(names, values, strict=True)]}

    def workflows(self) -> dict[str, Any]:
        """The workflows that are loaded: ``{digest, workflows}``. Raises `NotReadyError`."""
        project = self._catalog.current().project
        assert project.ruleset is not None
        shown = [
            {
                "name": flow.name,
                "title": flow.title,
                "file": flow.file,
                "input": flow.input.source,
                "signals": sorted(flow.signals),
                "steps": list(flow.nodes),
            }
            for flow in project.workflows.values()
        ]
        return {"digest": project.ruleset.digest, "workflows": shown}

    # -- signals and orders ----------------------------------------------------------------------------

    async def signal(
        self, run: str, name: str, payload: Any, *, key: str | None = None, caller: str = ""
    ) -> dict[str, Any]:
        """Send a signal: ``{run, signal, number, status}``. It is kept until the run waits for it.

        Raises `UnknownName` of the run or the signal, `Conflict` where it can no longer be received, and
        `FactsRefused` for a payload that does not fit.
        """
        seen = await self._seen(run)
        message = await self._repeated(run, Kind.SIGNAL, name, payload, key)
        if message is None:
            _check_signal(seen, name, payload)
            message = await asyncio.to_thread(
                self._inbox.post, run, Kind.SIGNAL, name, payload, key=key, sender=caller
            )
        self._executor.deliver(run)  # again, where it came before: nobody may have been left to do so
        return {"run": run, "signal": name, "number": message.number, "status": seen.entry.status}

    async def order(
        self, run: str, order: Order, *, key: str | None = None, caller: str = ""
    ) -> dict[str, Any]:
        """Order a run about; the run in full, once it has obeyed or after two seconds.

        Raises `UnknownName`, and `Conflict` where the run cannot obey.
        """
        await self._obey(run, order, key=key, caller=caller)
        return await self.show(run)

    async def _obey(self, run: str, order: Order, *, key: str | None, caller: str, wait: bool = True) -> None:
        """The same, without a look at the run afterwards. ``wait``: until it has obeyed."""
        seen = await self._seen(run)
        if seen.drive is not None and seen.broken is not None and order.action is Action.RETRY:
            await asyncio.to_thread(self._executor.durable.resume, run)
            return
        ordered = Ordered(order.action, now(), order.step, order.input, order.force, order.reason)
        drive = _unbroken(seen)
        refused = refusal(drive.workflow, drive.state, ordered)
        if refused is not None:
            action = str(order.action)
            if await self._repeated(run, Kind.ORDER, action, order.body(), key) is None:
                raise _conflict("run-ended" if refused[0] == "ended" else refused[0], refused[1])
            return
        note = {"digest": await self._keep_current()} if order.rules == "latest" else None
        action, body = str(order.action), order.body()
        message = await asyncio.to_thread(
            self._inbox.post, run, Kind.ORDER, action, body, key=key, sender=caller, note=note
        )
        self._executor.deliver(run)
        if wait:
            await self._obeyed(run, message.number)

    async def _repeated(self, run: str, kind: Kind, name: str, body: Any, key: str | None) -> Message | None:
        """The message of before, where a caller sends one again that got no reply.

        The run may have used it up and gone on since. Raises `Conflict` where the key was another's.
        """
        if key is None:
            return None
        return await asyncio.to_thread(self._inbox.repeated, run, kind, name, body, key)

    async def _obeyed(self, run: str, number: int) -> None:
        try:
            async with asyncio.timeout(_OBEYED):
                while (drive := (await self._seen(run)).drive) and number not in drive.handled:
                    await self._change(run)
        except TimeoutError:
            pass

    async def bulk(
        self,
        order: Order,
        query: RunQuery,
        *,
        dry_run: bool = True,
        rate: float | None = None,
        key: str | None = None,
        caller: str = "",
    ) -> dict[str, Any]:
        """Order all runs of a query about, or only count them: ``{count, id}``, ``by_status``, a ``sample``.

        ``rate``: runs a second. Without a status, those are meant that can obey. Raises `FactsRefused`, and
        `Conflict` where the key was used for another order.
        """
        self._check_fields(query)
        _check_not_ended(query)
        if not dry_run:
            begun = await self.bulks.start(order, query, rate, key=key, caller=caller)
            return {"count": begun.count, "id": begun.id}
        query = applicable(order.action, query)
        counted = await self.count(query)
        sample, _ = await self._page(replace(query, limit=_SAMPLE))
        return {**counted, "sample": [each.id for each in sample], "id": None}

    async def incidents(self, query: RunQuery) -> dict[str, Any]:
        """A page of incidents by fingerprint, those of most runs first: ``{incidents, next}``.

        Raises `FactsRefused`.
        """
        self._check_fields(query)
        groups, cursor = await asyncio.to_thread(self._incidents.find, query)
        return {"incidents": [each.as_dict() for each in groups], "next": cursor}

    # -- within ----------------------------------------------------------------------------------------

    async def _page(self, query: RunQuery) -> Page:
        self._check_fields(query)
        return await asyncio.to_thread(self._listing.find, query)

    def _check_fields(self, query: RunQuery) -> None:
        if not query.fields:  # runs are listed for whoever mends rules that do not load, too
            return
        known = [".".join(path) for path in indexed_paths(self._catalog.current().project)]
        faults = []
        for name in query.fields:
            if name not in known:
                hint = did_you_mean(name[:_SHOWN], [*known, *NAMES])
                hint = hint or f"fields: {', '.join(known) or 'none'}; mark others with x-indexed: true"
                message = f"runs are not found by {name[:_SHOWN]!r}"
                faults.append(Fault(pointer(name[:_SHOWN]), "unknown-field", message, hint))
        if faults:
            raise FactsRefused("the filter cannot be used", tuple(faults))

    async def _keep_current(self) -> str:
        """Archive the rules of now; their digest."""
        project = self._catalog.current().project
        assert project.ruleset is not None
        await asyncio.to_thread(self._archive.keep, project.ruleset.digest, project)
        return project.ruleset.digest

    async def _seen(self, run: str) -> Seen:
        """A run as it stands now: from memory if it is here, from the records otherwise."""
        live = self._executor.live(run)
        if live is not None:
            return Seen(live.drive, live.history, live.entry())
        return await asyncio.to_thread(self._recorded, run)

    def _recorded(self, run: str) -> Seen:
        seen = self._executor.recall.run(run)
        if seen is None:
            detail = f"there is no run {run[:_SHOWN]!r}"
            raise UnknownName(detail, (Fault("", "unknown-run", detail, "it may have been deleted"),))
        return seen

    async def _change(self, run: str) -> None:
        """Wait until something may have changed."""
        live = self._executor.live(run)
        if live is None:
            await asyncio.sleep(_LOOK)
        else:
            await self._executor.durable.call(_rung(live))


async def _rung(live: LiveRun) -> None:
    rung = live.rung
    try:
        async with asyncio.timeout(1):
            await rung.wait()
    except TimeoutError:
        pass


def _check_signal(seen: Seen, name: str, payload: Any) -> None:
    """Raises `UnknownName`, `Conflict` or `FactsRefused` where the run cannot receive it."""
    drive = _unbroken(seen)
    flow = drive.workflow
    reason = receivable(flow, drive.state, name)
    if reason == "unknown":
        hint = did_you_mean(name[:_SHOWN], flow.signals) or f"signals: {', '.join(sorted(flow.signals))}"
        detail = f"workflow {flow.name} waits for no signal {name[:_SHOWN]!r}"
        raise UnknownName(detail, (Fault("", "unknown-signal", detail, hint),))
    if seen.ended:
        raise _conflict("run-ended", f"the run has ended: it is {seen.entry.status}")
    if reason is not None:
        raise _conflict("signal-passed", f"the run can no longer come to a wait for {name[:_SHOWN]}")
    schema = _payload(drive, name)
    try:
        if schema is not None:
            schema.validate(payload)
    except SchemaMismatch as mismatch:
        raise FactsRefused(f"the payload does not fit the signal {name}", mismatch.faults) from None


def _unbroken(seen: Seen) -> Drive:
    """The run, if anything can be asked of it. Raises `Conflict`."""
    if seen.drive is None or seen.broken is not None:
        message = f"the run cannot go on: {(seen.entry.problem or {}).get('message', seen.broken)}"
        raise Conflict(message, (Fault("", "run-broken", message, "mend that first, and retry the run"),))
    return seen.drive


def _payload(drive: Drive, name: str) -> Schema | None:
    """What a signal's payload must fit: as the run waits for it now, or as its file says."""
    waiting = [each for each in drive.commands if isinstance(each, AwaitSignal) and each.signal == name]
    return waiting[0].payload if waiting else payload_schema(drive.workflow, name)


def _conflict(code: str, message: str) -> Conflict:
    return Conflict(message, (Fault("", code, message),))


def _check_not_ended(query: RunQuery) -> None:
    """Tell at once who orders runs about that have ended, not by each of them. Raises `FactsRefused`."""
    if ended := [each for each in query.status if each in ENDED]:
        message = f"runs that are {' or '.join(ended)} have ended: they obey no order"
        hint = "leave the status out: then those are meant that can obey"
        raise FactsRefused("no run would obey", (Fault("/status", "run-ended", message, hint),))


def _unknown_workflow(name: str, project: LoadedProject) -> UnknownName:
    known = project.workflows
    hint = did_you_mean(name[:_SHOWN], known) or f"workflows: {', '.join(known) or 'none'}"
    detail = f"there is no workflow {name[:_SHOWN]!r}"
    return UnknownName(detail, (Fault("/workflow", "unknown-workflow", detail, hint),))


def _fingerprint(workflow: str, given: Any) -> str:
    """Equal for equal inputs, in whatever order their keys stand."""
    return hashlib.sha256(write_json([workflow, in_order(freeze(given))])).hexdigest()
