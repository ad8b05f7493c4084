"""Which interactions are kept: row by row, or by whole columns with the same outcome and the same counts."""

from collections.abc import Callable, Iterable, Iterator, Set
from typing import TYPE_CHECKING, Any

from workbench.catalogs.importing.protocol import Piece, RawInteraction
from workbench.catalogs.importing.tally import Tally
from workbench.catalogs.rows import CONVERT

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Mask = NDArray[numpy.bool_]

NO_USER = "the user is empty"
NO_ITEM = "its item is not among those kept"
UNREADABLE = "the time or the rating can't be read"
_WRONG = (ValueError, TypeError, OverflowError)
_SECONDS = "^[0-9]{1,10}$"


class Screen:
    """What is kept of the interactions of one import; `time` is the importer's, `known` are the items kept."""

    def __init__(self, time: Callable[[str], str], known: Set[str], tally: Tally) -> None:
        self._time, self._known, self._tally = time, known, tally

    def rows(self, raws: Iterable[RawInteraction]) -> Iterator[tuple[str, str, str, float | None]]:
        """User, item, time and rating of each that is kept; what is not is told to the tally."""
        for where, line, user, item, when, rating in raws:
            if not user:
                self._tally.drop("interactions", NO_USER, where, line)
            elif item not in self._known:
                self._tally.drop("interactions", NO_ITEM, where, line, item)
            else:
                try:
                    score, moment = _score(rating), self._moment(when)
                except _WRONG:
                    self._tally.drop("interactions", UNREADABLE, where, line, f"{when}, {rating}")
                    continue
                yield user, item, moment, score

    def columns(self, piece: Piece) -> list[Any]:
        """Arrow arrays of the same four, of a piece at once: each distinct value is looked at once."""
        import numpy
        import pyarrow

        user = _Distinct(piece.user, piece.text, lambda value: value if value else _refuse())
        item = _Distinct(piece.item, piece.text, lambda value: value if value in self._known else _refuse())
        time = _seconds(piece.time) or _Distinct(piece.time, piece.text, self._moment)
        rating = _Distinct(piece.rating, piece.text, _score)
        good = user.good & item.good & time.good & rating.good
        for row in numpy.flatnonzero(~good).tolist():
            if not user.good[row]:
                self._tally.drop("interactions", NO_USER, piece.where, piece.line + row)
            elif not item.good[row]:
                self._tally.drop("interactions", NO_ITEM, piece.where, piece.line + row, item.said(row))
            else:
                said = f"{time.said(row)}, {rating.said(row)}"
                self._tally.drop("interactions", UNREADABLE, piece.where, piece.line + row, said)
        kept = pyarrow.array(numpy.flatnonzero(good))
        types = (*[pyarrow.string()] * 3, pyarrow.float64())
        return [c.array(kind).take(kept) for c, kind in zip((user, item, time, rating), types, strict=True)]

    def _moment(self, when: str) -> str:
        return self._time(when) if when else ""


class _Distinct:
    """A column as its distinct values, each read once; `good` says of each row whether its value could be read."""

    def __init__(self, column: Any, text: Callable[[Any], str], read: Callable[[str], Any]) -> None:
        import numpy

        encoded = column.dictionary_encode()
        self._said = [text(value) for value in encoded.dictionary.to_pylist()]
        codes = encoded.indices
        if codes.null_count:
            self._said.append(text(None))
            codes = codes.fill_null(len(self._said) - 1)
        self._codes = codes.to_numpy(zero_copy_only=False)
        self._values, right = [], []
        for said in self._said:
            try:
                self._values.append(read(said))
                right.append(True)
            except _WRONG:
                self._values.append(None)
                right.append(False)
        self.good: Mask = numpy.array(right, dtype=numpy.bool_)[self._codes]

    def said(self, row: int) -> str:
        said: str = self._said[self._codes[row]]
        return said

    def array(self, kind: Any) -> Any:
        import pyarrow

        return pyarrow.array(self._values, type=kind).take(pyarrow.array(self._codes))


class _Seconds:
    """A column of seconds since 1970, all of which could be read."""

    def __init__(self, texts: Any) -> None:
        import numpy

        self._texts = texts
        self.good: Mask = numpy.ones(len(texts), dtype=numpy.bool_)

    def said(self, row: int) -> str:
        return str(self._texts[row].as_py())

    def array(self, kind: Any) -> Any:
        import pyarrow
        import pyarrow.compute as pc

        seconds = self._texts.cast(pyarrow.int64()).cast(pyarrow.timestamp("s"))
        return pc.replace_substring(seconds.cast(kind), " ", "T")


def _seconds(column: Any) -> _Seconds | None:
    """None where a time is written otherwise than in whole seconds of up to ten digits."""
    import pyarrow
    import pyarrow.compute as pc

    texts = pyarrow.types.is_string(column.type) and not column.null_count
    return _Seconds(column) if texts and pc.all(pc.match_substring_regex(column, _SECONDS)).as_py() else None


def _score(rating: str | float | None) -> Any:
    return None if rating is None or rating == "" else CONVERT["number"](rating)


def _refuse() -> str:
    raise ValueError
