"""Versions: the rulesets that were in charge, what they hold, and which of them is to be in charge again.

A ruleset is named by its digest, by eight or more of its first digits, or as ``active`` or ``pending``.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any, Final

from rulesflow.model.errors import Conflict, FactsRefused, Fault, Overloaded, UnknownName
from rulesflow.model.rendering import as_dict
from rulesflow.runtime.activations import Activation, Activations, counts_of
from rulesflow.runtime.archive import Archive, ArchiveError
from rulesflow.runtime.candidates import overlaid
from rulesflow.runtime.catalog import Catalog, Snapshot, now
from rulesflow.runtime.pins import Pins
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.reloader import Reloader
from rulesflow.runtime.rulesetdiff import difference

ACTIVE: Final = "active"
PENDING: Final = "pending"
_SHORTEST: Final = 8
_WHOLE: Final = 64
_DIGITS: Final = re.compile(f"[0-9a-f]{{{_SHORTEST},{_WHOLE}}}")
_TRIES: Final = 8  # candidates that may wait to be compiled
_AGAIN: Final = 2  # seconds after which another try makes sense
_SHOWN: Final = 80  # characters of a caller's text that a message repeats


class Versions:
    """Its methods block, but those that give a future; any thread may call them."""

    def __init__(
        self, catalog: Catalog, reloader: Reloader, archive: Archive, activations: Activations, pins: Pins
    ) -> None:
        self._catalog = catalog
        self._reloader = reloader
        self._archive = archive
        self._activations = activations
        self._pins = pins
        self._tries = threading.BoundedSemaphore(_TRIES)

    # -- looking ---------------------------------------------------------------------------------------

    def list(self, limit: int, cursor: str | None) -> dict[str, Any]:
        """A page: ``{active, pinned, pending, rulesets, next}``. Raises `FactsRefused` for a wrong cursor.

        What is pending stands first, though it was never active; nothing else stands there that was not.
        """
        before = _number(cursor)
        self._pins.ledger.flush()
        found = self._activations.page(limit + 1, before)
        state = self._catalog.state
        digests = tuple(each.ruleset.digest if each else None for each in (state.snapshot, state.pending))
        shown = [self._shown(each, *digests) for each in found[:limit]]
        if cursor is None and state.pending is not None and self._activations.of(digests[1] or "") is None:
            shown.insert(0, self._waiting(state.pending))
        return {
            "active": digests[0],
            "pinned": state.pinned,
            "pending": {"digest": digests[1], "at": state.pending.activated_at} if state.pending else None,
            "rulesets": shown,
            "next": str(found[limit - 1].number) if len(found) > limit else None,
        }

    def files(self, name: str) -> dict[str, Any]:
        """``{digest, files: [{path, bytes}]}``. Raises what `find` does."""
        digest, files = self._files(name)
        return {
            "digest": digest,
            "files": [{"path": path, "bytes": len(files[path])} for path in sorted(files)],
        }

    def file(self, name: str, path: str) -> dict[str, Any]:
        """``{digest, path, text, binary}``, the text null where it is none. Raises what `find` does."""
        digest, files = self._files(name)
        if path not in files:
            detail = f"the ruleset {digest:.12} has no file {path[:_SHOWN]!r}"
            hint = f"GET /v1/rulesets/{digest:.12}/files tells which it has"
            raise UnknownName(detail, (Fault("", "unknown-file", detail, hint),))
        text = _text(files[path])
        return {"digest": digest, "path": path, "text": text, "binary": text is None}

    def snapshot(self, name: str) -> Snapshot:
        """A ruleset to decide by, active or not. Raises what `find` does, and `Conflict`."""
        state = self._catalog.state
        for held in (state.snapshot, state.pending):
            if held is not None and name == held.ruleset.digest:
                return held
        if name == ACTIVE:
            return self._catalog.current()
        if name == PENDING and state.pending is not None:
            return state.pending
        digest = self.find(name)
        try:
            project = self._archive.project(digest)
        except ArchiveError as error:
            raise _unusable(digest, error) from None
        assert project.ruleset is not None
        return Snapshot(project.ruleset, now(), "", project)

    def find(self, name: str) -> str:
        """The digest that a name means.

        Raises `UnknownName`, `Conflict` where it fits two, and `NotReadyError` where nothing is active.
        """
        if name == ACTIVE:
            return self._catalog.current().ruleset.digest
        if name == PENDING:
            pending = self._catalog.state.pending
            if pending is None:
                raise _unknown("nothing is pending", "the rules on disk are those that are active")
            return pending.ruleset.digest
        if not _DIGITS.fullmatch(name):
            hint = f"give a digest, or {_SHORTEST} or more of its first digits, or active, or pending"
            raise _unknown(f"{name[:_SHOWN]!r} names no ruleset", hint)
        return self._completed(name)

    def diff(self, one: str, other: str) -> dict[str, Any]:
        """What differs between two: see `difference`. Raises what `snapshot` does."""
        return difference(self.snapshot(one).project, self.snapshot(other).project)

    # -- trying ----------------------------------------------------------------------------------------

    def candidate(self, base: str, sent: Mapping[str, str | None]) -> dict[str, Any]:
        """Compile the files of a ruleset with those that were sent in their places.

        ``{digest, base, diagnostics, diff}``: the digest, and what differs from the base, null where it does
        not load. Raises what `find` does, `FactsRefused`, `TooLarge`, and `Overloaded` where many do so.
        """
        digest, files = self._files(base)
        loaded = self._compiled(overlaid(files, sent))
        made = None
        if loaded.ruleset is not None:
            made = loaded.ruleset.digest
            self._archive.keep(made, loaded)
        return {
            "digest": made,
            "base": digest,
            "diagnostics": [as_dict(found) for found in loaded.diagnostics],
            "diff": self.diff(digest, made) if made is not None else None,
        }

    def _compiled(self, files: Mapping[str, bytes]) -> LoadedProject:
        """Compile beside requests, where the reloader does; one after the other."""
        if not self._tries.acquire(blocking=False):
            raise Overloaded("too many candidates wait to be compiled", _AGAIN)
        try:
            return self._reloader.do(partial(self._made, files)).result()
        finally:
            self._tries.release()

    def _made(self, files: Mapping[str, bytes]) -> LoadedProject:
        made = self._pins.load(files)
        self._reloader.spare()
        return made

    # -- choosing --------------------------------------------------------------------------------------

    def activate(self, digest: str, reason: str, caller: str) -> Future[None]:
        """Put a ruleset in charge, and pin it. The future raises `RulesetRefused` and `UnknownName`."""
        work = partial(self._activate, digest, _note(reason, caller))
        return self._reloader.do(work, urgent=True)

    def reload(self) -> Future[None]:
        """Let the folder choose again, and load it; the future is done when that is."""
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # who asked may leave, but it goes on

        def unpinned(first: Future[None]) -> None:
            if first.exception() is None:
                self._reloader.reload().add_done_callback(partial(_pass_on, done))
            else:
                _pass_on(done, first)

        self._reloader.do(self._pins.unpin, urgent=True).add_done_callback(unpinned)
        return done

    def _activate(self, digest: str, note: str) -> None:
        state = self._catalog.state
        known = [each for each in (state.snapshot, state.folder) if each and each.ruleset.digest == digest]
        try:
            self._pins.activate(digest, known[0].project if known else None, note)
        except ArchiveError as error:
            raise _unknown(str(error), "it may have been forgotten meanwhile") from None

    # -- naming ----------------------------------------------------------------------------------------

    def _completed(self, prefix: str) -> str:
        self._pins.ledger.flush()
        state = self._catalog.state
        here = {each.ruleset.digest for each in (state.snapshot, state.pending) if each}
        if prefix in here:
            return prefix
        found = sorted({*self._archive.digests(prefix), *(each for each in here if each.startswith(prefix))})
        if not found:
            raise _unknown(f"there is no ruleset {prefix}", "GET /v1/rulesets lists those that were active")
        if len(found) > 1:
            detail = f"{prefix} fits several rulesets"
            hint = f"give more digits: {', '.join(each[: len(prefix) + 8] for each in found)}"
            raise Conflict(detail, (Fault("", "ambiguous-ruleset", detail, hint),))
        return found[0]

    def _files(self, name: str) -> tuple[str, Mapping[str, bytes]]:
        digest, state = self.find(name), self._catalog.state
        for held in (state.snapshot, state.pending):
            if held is not None and held.ruleset.digest == digest:
                return digest, held.project.files
        try:
            return digest, self._archive.files(digest)
        except ArchiveError as error:
            raise _unknown(str(error), "it may have been forgotten meanwhile") from None

    def _shown(self, each: Activation, active: str | None, pending: str | None) -> dict[str, Any]:
        return {
            "digest": each.digest,
            "first_at": each.first_at,
            "activated_at": each.activated_at,
            "active": each.digest == active,
            "pinned": each.digest == active and self._catalog.state.pinned,
            "pending": each.digest == pending,
            "source": each.source,
            "counts": each.counts,
            "note": each.note,
        }

    def _waiting(self, held: Snapshot) -> dict[str, Any]:
        return {
            "digest": held.ruleset.digest,
            "first_at": held.activated_at,
            "activated_at": None,
            "active": False,
            "pinned": False,
            "pending": True,
            "source": held.source,
            "counts": counts_of(held.project),
            "note": None,
        }


def _pass_on(done: Future[None], first: Future[None]) -> None:
    error = first.exception()
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _number(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if cursor.isascii() and cursor.isdigit() and len(cursor) < 19:
        return int(cursor)
    message = "this is no cursor of a page"
    raise FactsRefused(message, (Fault("/cursor", "cursor", message, "take 'next' of the page before"),))


def _text(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _note(reason: str, caller: str) -> str:
    by = f"activated by {caller}" if caller else "activated"
    return f"{by}: {reason}" if reason else by


def _unknown(detail: str, hint: str) -> UnknownName:
    return UnknownName(detail, (Fault("", "unknown-ruleset", detail, hint),))


def _unusable(digest: str, error: ArchiveError) -> Conflict:
    detail = str(error)
    return Conflict(
        detail, (Fault("", "ruleset-refused", detail, "it was made for other plugins, it seems"),)
    )
