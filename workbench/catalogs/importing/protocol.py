"""The seam of importing: an importer says what its files hold; checking and writing are the same for all."""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol

from workbench.catalogs.importing.sources import Files
from workbench.catalogs.importing.tally import Tally
from workbench.catalogs.meta import AttributeType
from workbench.records import Case


@dataclass(frozen=True, slots=True)
class About:
    """What catalog.yaml says of the catalog as a whole."""

    title: str
    domain: str
    language: str = "en"
    noun: str = "item"
    licence: str = "unknown"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """The attributes of the items with their types, and the sentence that describes an item."""

    attributes: Mapping[str, AttributeType] = field(default_factory=dict)
    describe: str = "{title}"


class RawItem(NamedTuple):
    """An item as its file has it, unchecked; `where` and `line` name the place."""

    where: str
    line: int
    id: str
    title: str
    attributes: Mapping[str, Any]


class RawInteraction(NamedTuple):
    """An interaction as its file has it, unchecked."""

    where: str
    line: int
    user: str
    item: str
    time: str
    rating: str | float | None


class Piece(NamedTuple):
    """Interactions as Arrow arrays, unchecked, the first of them on `line` and one on each line after it. A time of up
    to ten digits is seconds since 1970; `text` is made of each cell before anything else."""

    where: str
    line: int
    user: Any
    item: Any
    time: Any
    rating: Any
    text: Callable[[Any], str]


Part = Piece | Iterator[RawInteraction]


class Solved(NamedTuple):
    """A case that the data brings along, and the grades of its relevant items."""

    where: str
    line: int
    case: Case
    grades: Mapping[str, int]


class Importer(Protocol):
    """A frozen dataclass whose fields are its options. Every method reads its files anew, row by row, and tells the
    tally what can't be read; ids, titles, times and types are checked by who calls."""

    summary: ClassVar[str]
    about: ClassVar[About]
    needs_path: ClassVar[bool]

    def shape(self, files: Files) -> Shape: ...

    def items(self, files: Files, tally: Tally) -> Iterator[RawItem]: ...

    def interactions(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[RawInteraction]:
        """`known` are the ids of the items that were kept."""
        ...

    def parts(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[Part]:
        """The same interactions, by columns where the files can be read so: that is ten times as fast."""
        ...

    def time(self, text: str) -> str:
        """ISO 8601 of a time as the files write it. Raises ValueError."""
        ...

    def cases(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[Solved]: ...
