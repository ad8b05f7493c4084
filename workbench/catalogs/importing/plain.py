"""What most importers share: no ready-made cases, times as seconds since 1970, interactions row by row."""

from collections.abc import Iterator, Set

from workbench.catalogs.importing.protocol import Importer, Part, Solved
from workbench.catalogs.importing.sources import Files
from workbench.catalogs.importing.tally import Tally
from workbench.catalogs.importing.times import unix_time


class Plain:
    """A base of importers; without fields of its own, so that theirs stay slotted."""

    __slots__ = ()

    def time(self, text: str) -> str:
        return unix_time(text)

    def parts(self: Importer, files: Files, tally: Tally, known: Set[str]) -> Iterator[Part]:
        yield self.interactions(files, tally, known)

    def cases(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[Solved]:
        return iter(())
