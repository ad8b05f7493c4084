"""What most importers share: no ready-made cases, and times as seconds since 1970."""

from collections.abc import Iterator, Set

from workbench.catalogs.importing.protocol import Solved
from workbench.catalogs.importing.sources import Files
from workbench.catalogs.importing.tally import Tally
from workbench.catalogs.importing.times import unix_time


class Plain:
    """A base of importers; without fields of its own, so that theirs stay slotted."""

    __slots__ = ()

    def time(self, text: str) -> str:
        return unix_time(text)

    def cases(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[Solved]:
        return iter(())
