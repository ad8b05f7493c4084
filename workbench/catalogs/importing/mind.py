"""MIND (Microsoft News): news.tsv and behaviors.tsv, whose impressions are cases with their own candidates."""

import hashlib
import heapq
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import ClassVar

from workbench.catalogs.importing.plain import Plain
from workbench.catalogs.importing.protocol import About, RawInteraction, RawItem, Shape, Solved
from workbench.catalogs.importing.sources import Files, split_rows
from workbench.catalogs.importing.tally import Tally
from workbench.catalogs.importing.times import american_time
from workbench.options import option
from workbench.records import Case


@dataclass(frozen=True, slots=True)
class Mind(Plain):
    """Clicks of the impressions are the interactions. The clicks before the log have no time: they are the histories
    of cases, and nothing else may count them."""

    summary: ClassVar[str] = "MIND news recommendation: news.tsv and behaviors.tsv."
    needs_path: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "MIND news",
        "news",
        noun="news article",
        licence="Microsoft Research License Terms",
        source="MIND; Wu et al. (2020), MIND: A Large-scale Dataset for News Recommendation.",
    )

    n_cases: int = option(1000, "Cases", "Impressions that become cases, drawn by the seed.", minimum=0)
    seed: int = option(0, "Seed", "Another seed draws other impressions.", minimum=0)

    def shape(self, files: Files) -> Shape:
        files.need("news.tsv")
        attributes = {"category": "text", "subcategory": "text", "abstract": "text"}
        return Shape(attributes, "{title}[ ({category})][. {abstract}]")  # type: ignore[arg-type]

    def items(self, files: Files, tally: Tally) -> Iterator[RawItem]:
        name = files.need("news.tsv")
        for line, cells in split_rows(files, name, "\t", 8, "items", tally):
            item_id, category, subcategory, title, abstract = cells[:5]
            attributes = {"category": category, "subcategory": subcategory, "abstract": abstract}
            yield RawItem(name, line, item_id, title, attributes)

    def interactions(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[RawInteraction]:
        for name, line, (_, user, time, _, shown) in self._impressions(files, tally, "interactions"):
            for item, clicked in map(_click, shown.split()):
                if clicked:
                    yield RawInteraction(name, line, user, item, time, None)

    def time(self, text: str) -> str:
        return american_time(text)

    def cases(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[Solved]:
        """The impressions with the smallest hashes, of those with a history and a click on something new."""
        drawn = heapq.nsmallest(
            self.n_cases, self._solved(files, tally, known), key=lambda s: _hash(f"{self.seed}:{s.case.id}")
        )
        yield from sorted(drawn, key=lambda solved: solved.line)

    def _solved(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[Solved]:
        for name, line, (number, user, time, before, shown) in self._impressions(files, tally, "cases"):
            history = tuple(dict.fromkeys(i for i in before.split() if i in known))
            clicks = {item: clicked for item, clicked in map(_click, shown.split()) if item in known}
            new = {item: clicked for item, clicked in clicks.items() if item not in history}
            try:
                asked = self.time(time)
            except ValueError:
                continue  # counted where its clicks were read
            if history and any(new.values()):
                segment = "short history" if len(history) < 5 else "long history"
                case = Case(f"i{number}", "", history, user, asked, tuple(new), segment)
                yield Solved(name, line, case, {item: 1 for item, clicked in new.items() if clicked})

    @staticmethod
    def _impressions(files: Files, tally: Tally, kind: str) -> Iterator[tuple[str, int, list[str]]]:
        name = files.first("behaviors.tsv")
        if name:
            for line, cells in split_rows(files, name, "\t", 5, kind, tally):
                yield name, line, cells


def _click(shown: str) -> tuple[str, bool]:
    item, _, clicked = shown.rpartition("-")
    return item, clicked == "1"


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
