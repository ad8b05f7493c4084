"""Interactions as columns: millions of them in little memory, each a record only when looked at."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, overload

from workbench.records import Interaction

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Codes = NDArray[numpy.int64]

T = TypeVar("T")
CHUNK = 100_000
"""Rows that are looked at together: more would only take memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Row n of the column is `values[codes[n]]`; no value is there twice."""

    values: tuple[Any, ...]
    codes: "Codes"

    def rows(self, texts: Sequence[T], start: int, end: int) -> Iterator[T]:
        """Of each row from `start` to `end`, what stands in `texts` in its value's place."""
        return (texts[code] for code in self.codes[start:end].tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Interactions(Sequence[Interaction]):
    """Equal to any sequence of the same interactions in the same order."""

    user: Column
    item: Column
    time: Column
    rating: Column

    def __len__(self) -> int:
        return len(self.user.codes)

    @overload
    def __getitem__(self, index: int) -> Interaction: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Interaction, ...]: ...
    def __getitem__(self, index: int | slice) -> Interaction | tuple[Interaction, ...]:
        if isinstance(index, slice):
            return tuple(self[n] for n in range(len(self))[index])
        user, item, time, rating = (column.values[column.codes[index]] for column in self.columns)
        return Interaction(user, item, time, rating)

    def __iter__(self) -> Iterator[Interaction]:
        for start in range(0, len(self), CHUNK):
            user, item, time, rating = (c.rows(c.values, start, start + CHUNK) for c in self.columns)
            yield from map(Interaction, user, item, time, rating)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return False
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    @property
    def columns(self) -> tuple[Column, Column, Column, Column]:
        return self.user, self.item, self.time, self.rating

    def json_rows(self) -> Iterator[str]:
        """The rows as JSON lists, some thousand of them at a time, as `json.dumps` would write them in a list."""
        first, *middle, last = (_json_texts(column.values) for column in self.columns)
        texts = [[f"[{value}" for value in first], *middle, [f"{value}]" for value in last]]
        for start in range(0, len(self), CHUNK):
            cells = [c.rows(t, start, start + CHUNK) for c, t in zip(self.columns, texts, strict=True)]
            user, item, time, rating = cells
            yield ",".join(map(",".join, zip(user, item, time, rating, strict=True)))


def _json_texts(values: Sequence[Any]) -> list[str]:
    """Each value as JSON. A text never holds a line break there, so that one may part them."""
    return json.dumps(values, ensure_ascii=False, separators=("\n", ":"))[1:-1].split("\n")


def as_columns(interactions: Sequence[Interaction]) -> Interactions:
    """The same interactions by columns; themselves where they are that already."""
    if isinstance(interactions, Interactions):
        return interactions
    return Interactions(
        _column([i.user for i in interactions]),
        _column([i.item for i in interactions]),
        _column([i.time for i in interactions]),
        _column([i.rating for i in interactions]),
    )


def _column(values: Sequence[Any]) -> Column:
    import numpy

    places: dict[Any, int] = {value: place for place, value in enumerate(dict.fromkeys(values))}
    codes = numpy.fromiter((places[value] for value in values), dtype=numpy.int64, count=len(values))
    return Column(tuple(places), codes)


class Taken(Mapping[str, tuple[Interaction, ...]]):
    """User -> what they took, oldest first, in the order of the rows where times are equal; users in the order of
    their ids. `times` are the seconds of each row."""

    def __init__(self, interactions: Interactions, times: "NDArray[numpy.float64]") -> None:
        import numpy

        self._all = interactions
        self._order = numpy.lexsort((times, interactions.user.codes))
        counts = numpy.bincount(interactions.user.codes, minlength=len(interactions.user.values))
        ends = numpy.cumsum(counts)
        starts = ends - counts
        users = zip(interactions.user.values, starts.tolist(), ends.tolist(), strict=True)
        self._slices = {user: slice(start, end) for user, start, end in sorted(users)}

    def __getitem__(self, user: str) -> tuple[Interaction, ...]:
        return tuple(self._all[row] for row in self._order[self._slices[user]].tolist())

    def __iter__(self) -> Iterator[str]:
        return iter(self._slices)

    def __len__(self) -> int:
        return len(self._slices)
