"""What grows with every step of a run and yet never changes: a large part is shared, a small one is copied.

A run of many thousand steps keeps a word of each. Copying all of it with every step would take a time that
grows with the square of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar, overload

T = TypeVar("T", covariant=True)  # noqa: PLC0105
S = TypeVar("S")

_COPIED: Final = 128  # the most that is copied for one more


class Trail(Sequence[T]):
    """Items in order. Equal to any sequence of the same items."""

    __slots__ = ("_new", "_old")
    _old: tuple[T, ...]
    _new: tuple[T, ...]

    def __init__(self, items: Iterable[T] = (), more: tuple[T, ...] = ()) -> None:
        old = tuple(items)  # a tuple is not copied
        self._old, self._new = (old, more) if len(more) <= _COPIED else ((*old, *more), ())

    def plus(self: Trail[S], items: Iterable[S]) -> Trail[S]:
        """These items, and more behind them."""
        return Trail(self._old, (*self._new, *items))

    def __len__(self) -> int:
        return len(self._old) + len(self._new)

    def __iter__(self) -> Iterator[T]:
        yield from self._old
        yield from self._new

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        if isinstance(index, slice):
            return (*self._old, *self._new)[index]
        place = index if index >= 0 else len(self) + index
        if not 0 <= place < len(self):
            raise IndexError(index)
        return self._old[place] if place < len(self._old) else self._new[place - len(self._old)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and (*self,) == (*other,)

    def __hash__(self) -> int:
        return hash((*self,))

    def __repr__(self) -> str:
        return f"Trail({(*self,)!r})"


class Tally(Mapping[str, int]):
    """How often something happened, by name: at least once."""

    __slots__ = ("_new", "_old")

    def __init__(self, old: Mapping[str, int] | None = None, new: Mapping[str, int] | None = None) -> None:
        self._old, self._new = old or {}, new or {}

    def once_more(self, name: str) -> Tally:
        """The same, and this once more."""
        count = self._new.get(name) or self._old.get(name, 0)
        new = {**self._new, name: count + 1}
        return Tally(self._old, new) if len(new) <= _COPIED else Tally({**self._old, **new})

    def __getitem__(self, name: str) -> int:
        return self._new.get(name) or self._old[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._old, **self._new})

    def __len__(self) -> int:
        return len({**self._old, **self._new})

    def __repr__(self) -> str:
        return f"Tally({dict(self)!r})"
