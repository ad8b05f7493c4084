"""The three files of "Large Language Models are Zero-Shot Rankers", Games: items, other users' histories, cases."""

import html
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import ClassVar

from workbench.catalogs.importing.plain import Plain
from workbench.catalogs.importing.protocol import About, RawInteraction, RawItem, Shape, Solved
from workbench.catalogs.importing.sources import Files, split_rows
from workbench.catalogs.importing.tally import Tally
from workbench.records import Case


@dataclass(frozen=True, slots=True)
class AmazonGames(Plain):
    """Only the order of the histories is known, no times; no user of a case is among them."""

    summary: ClassVar[str] = "items.tsv, histories.tsv and cases-dev.tsv, with the cases' own candidates."
    needs_path: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "Amazon video games",
        "e-commerce",
        noun="video game",
        licence="research use",
        source="Amazon Review Data (2018), Video Games, as in Hou et al. (ECIR 2024).",
    )

    def shape(self, files: Files) -> Shape:
        files.need("items.tsv")
        return Shape()

    def items(self, files: Files, tally: Tally) -> Iterator[RawItem]:
        name = files.need("items.tsv")
        for line, (item_id, title) in split_rows(files, name, "\t", 2, "items", tally):
            if line > 1:
                yield RawItem(name, line, item_id, html.unescape(title), {})

    def interactions(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[RawInteraction]:
        name = files.first("histories.tsv")
        if name:
            for line, (user, item_ids) in split_rows(files, name, "\t", 2, "interactions", tally):
                if line > 1:
                    yield from (RawInteraction(name, line, f"other-{user}", i, "", None) for i in item_ids.split())

    def cases(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[Solved]:
        name = files.first("cases*.tsv")
        if name:
            for line, (user, history, target, candidates) in split_rows(files, name, "\t", 4, "cases", tally):
                if line > 1:
                    taken = tuple(history.split())
                    segment = "short history" if len(taken) < 5 else "long history"
                    case = Case(user, "", taken, user, "", tuple(candidates.split()), segment)
                    yield Solved(name, line, case, {target: 1})
