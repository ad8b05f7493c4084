"""The Games cases of "Large Language Models are Zero-Shot Rankers for Recommender Systems" as a catalog."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.meta import CatalogMeta
from workbench.records import Case, Interaction, Item

SPLIT_SEED = 7
CHOOSE = 500
"""Cases to choose weights on; the others are reported on."""


@dataclass(frozen=True)
class Games:
    """`targets` is the truth, apart from the cases: case id -> the item that was bought next."""

    catalog: Catalog
    targets: dict[str, str]
    choose: tuple[Case, ...]
    report: tuple[Case, ...]


def load(folder: Path) -> Games:
    """Items, cases and other users' histories of the three files. The files hold no times: only the order counts."""
    items = tuple(Item(row["item_id"], row["title"], row["title"]) for row in _rows(folder / "items.tsv"))
    rows = _rows(folder / "cases-dev.tsv")
    cases = tuple(
        Case(
            id=row["user_id"],
            history=tuple(row["history"].split()),
            user=row["user_id"],
            candidates=tuple(row["candidates"].split()),
        )
        for row in rows
    )
    interactions = tuple(
        Interaction(f"other-{row['user_id']}", item_id, "")
        for row in _rows(folder / "histories.tsv")
        for item_id in row["item_ids"].split()
    )
    catalog = Catalog(_meta(), items, cases, (), interactions, _sha256(folder), folder)
    order = numpy.random.default_rng(SPLIT_SEED).permutation(len(cases))
    return Games(
        catalog,
        {row["user_id"]: row["target"] for row in rows},
        tuple(cases[i] for i in sorted(order[:CHOOSE])),
        tuple(cases[i] for i in sorted(order[CHOOSE:])),
    )


def _meta() -> CatalogMeta:
    return CatalogMeta(
        name="amazon-games",
        title="Amazon video games",
        domain="e-commerce",
        language="en",
        noun="video game",
        licence="research use",
        origin="real",
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in ("items.tsv", "cases-dev.tsv", "histories.tsv"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()
