"""A catalog's items by columns: searched, filtered, sorted and counted without looking at each one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.catalogs.catalog import Catalog
from workbench.shelf import Shelf

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Rows = NDArray[numpy.int64]

POPULARITY, TITLE = "popularity", "title"
_tables = Shelf(3)


@dataclass(frozen=True, slots=True)
class Picked:
    """The attribute is one of the values, or holds one of them where it is a list."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The number lies between both, both included."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Contains:
    """The text holds that part, whatever the case."""

    name: str
    text: str


Filter = Picked | Between | Contains


def table_of(catalog: Catalog) -> "ItemTable":
    """The columns of a catalog, made once for as long as it is looked at."""
    return _tables.get(catalog.fingerprint, lambda: ItemTable(catalog))


class ItemTable:
    """Rows are places in `catalog.items`. Safe to share between threads."""

    def __init__(self, catalog: Catalog) -> None:
        import pyarrow

        self.catalog = catalog
        self.kinds = dict(catalog.meta.attributes)
        self._titles = pyarrow.array([item.title for item in catalog.items], pyarrow.string())
        self._words = pyarrow.array([f"{i.id} {i.title} {i.text}" for i in catalog.items], pyarrow.large_string())
        self._columns = {name: self._column(name, kind) for name, kind in self.kinds.items()}

    def __len__(self) -> int:
        return len(self.catalog.items)

    def _column(self, name: str, kind: str) -> Any:
        import pyarrow

        types: dict[str, Any] = {
            "text": pyarrow.string(),
            "integer": pyarrow.float64(),
            "number": pyarrow.float64(),
            "boolean": pyarrow.string(),
            "list": pyarrow.list_(pyarrow.string()),
        }
        values: Any = (item.attributes.get(name) for item in self.catalog.items)
        if kind == "boolean":
            values = (None if value is None else "yes" if value else "no" for value in values)
        elif kind in ("integer", "number"):
            values = (None if value is None else float(value) for value in values)
        return pyarrow.array([*values], types[kind])

    def find(
        self, text: str = "", filters: Sequence[Filter] = (), *, sort: str = "", descending: bool = False
    ) -> "Rows":
        """int64 [found]: the items that have the text in id, title or sentence and pass every filter. In the catalog's
        order, or sorted by `title`, `popularity` or a scalar attribute; items without a value come last."""
        import numpy
        import pyarrow.compute as pc

        keep = numpy.ones(len(self), dtype=bool)
        if text.strip():
            keep &= _mask(pc.match_substring(self._words, text.strip(), ignore_case=True))
        for wanted in filters:
            keep &= self._passes(wanted)
        rows: Rows = numpy.flatnonzero(keep)
        return self._sorted(rows, sort, descending=descending) if sort else rows

    def _passes(self, wanted: Filter) -> Any:
        import numpy
        import pyarrow
        import pyarrow.compute as pc

        column = self._columns[wanted.name]
        if isinstance(wanted, Between):
            return _mask(pc.and_(pc.greater_equal(column, wanted.low), pc.less_equal(column, wanted.high)))
        is_list = self.kinds[wanted.name] == "list"
        flat = pc.list_flatten(column) if is_list else column
        if isinstance(wanted, Picked):
            found = _mask(pc.is_in(flat, value_set=pyarrow.array(wanted.values, pyarrow.string())))
        else:
            found = _mask(pc.match_substring(flat, wanted.text.strip(), ignore_case=True))
        if not is_list:
            return found
        keep = numpy.zeros(len(self), dtype=bool)
        keep[pc.list_parent_indices(column).to_numpy()[found]] = True
        return keep

    def _sorted(self, rows: "Rows", sort: str, *, descending: bool) -> "Rows":
        import numpy
        import pyarrow
        import pyarrow.compute as pc

        if sort == POPULARITY:
            column = pyarrow.array(list(self.catalog.popularity.values()), pyarrow.float64())
        else:
            column = self._titles if sort == TITLE else self._columns[sort]
        # Arrow's sort is not stable: the row itself parts what is equal.
        both = pyarrow.table({"value": column.take(pyarrow.array(rows)), "row": pyarrow.array(rows)})
        keys = [("value", "descending" if descending else "ascending"), ("row", "ascending")]
        order = pc.sort_indices(both, sort_keys=keys).to_numpy()
        found: Rows = rows[order.astype(numpy.int64)]
        return found

    @property
    def sortable(self) -> list[str]:
        return [TITLE, POPULARITY, *(name for name, kind in self.kinds.items() if kind != "list")]

    def counts(self, name: str) -> list[tuple[str, int]]:
        """Each value of a text, list or boolean attribute with its number of items, the most frequent first."""
        import pyarrow.compute as pc

        column = self._columns[name]
        flat = pc.list_flatten(column) if self.kinds[name] == "list" else column
        pairs = ((row["values"], row["counts"]) for row in pc.value_counts(flat.drop_null()).to_pylist())
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def numbers(self, name: str) -> "NDArray[numpy.float64]":
        """The values of a number attribute, those that are there."""
        found: NDArray[numpy.float64] = self._columns[name].drop_null().to_numpy()
        return found

    def filled(self, name: str) -> int:
        """How many items have a value; an empty list is none."""
        import pyarrow.compute as pc

        column = self._columns[name]
        if self.kinds[name] == "list":
            return int(pc.sum(pc.greater(pc.list_value_length(column), 0)).as_py() or 0)
        return len(column) - int(column.null_count)


def as_rule(wanted: Filter, kind: str) -> str:
    """The same filter as a candidate rule; "" where the rules can't say it: a value that holds a comma."""
    if isinstance(wanted, Contains):
        return f"{wanted.name} contains {wanted.text.strip()}"
    if isinstance(wanted, Between):
        low, high = (int(n) if kind == "integer" else n for n in (wanted.low, wanted.high))
        return f"{wanted.name} in {low}..{high}"
    if len(wanted.values) == 1:
        return f"{wanted.name} = {wanted.values[0]}"
    return "" if any("," in value for value in wanted.values) else f"{wanted.name} in {', '.join(wanted.values)}"


def _mask(found: Any) -> Any:
    """A truth for each row; unknown is no."""
    import pyarrow.compute as pc

    return pc.fill_null(found, False).to_numpy(zero_copy_only=False)
