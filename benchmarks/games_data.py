"""The Games cases of "Large Language Models are Zero-Shot Rankers for Recommender Systems" as a catalog."""

import csv
import hashlib
import html
from dataclasses import dataclass, replace
from pathlib import Path

import numpy

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.meta import CatalogMeta
from workbench.exemplars.pool import from_case
from workbench.records import Case, Exemplar, Interaction, Item

SPLIT_SEED = 7
CHOOSE = 500
"""Cases to check choices on; the others are reported on."""
OTHERS = 19
"""Random items beside the target, as in the paper."""


@dataclass(frozen=True)
class Games:
    """`targets` is the truth, apart from the cases: case id -> the item that was bought next."""

    catalog: Catalog
    targets: dict[str, str]
    check: tuple[Case, ...]
    report: tuple[Case, ...]


@dataclass(frozen=True)
class Drawn:
    """Cases made of other users' histories, and a catalog that knows nothing of those users."""

    catalog: Catalog
    targets: dict[str, str]
    cases: tuple[Case, ...]


def load(folder: Path) -> Games:
    """Items, cases and other users' histories of the three files. The files hold no times: only the order counts."""
    # The titles hold character references, as the shop's pages do.
    named = ((row["item_id"], html.unescape(row["title"])) for row in _rows(folder / "items.tsv"))
    items = tuple(Item(item_id, title, title) for item_id, title in named)
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


def draw(catalog: Catalog, n: int, *, seed: int) -> Drawn:
    """n of the other users as cases: the last item is the target among 19 random others, and all that these users took
    is left out of the catalog that they are ranked with. The same seed draws the same users and items."""
    random = numpy.random.default_rng(seed)
    users = list(catalog.taken)
    chosen = [users[place] for place in random.permutation(len(users))[:n]]
    ids = [item.id for item in catalog.items]
    cases, targets = [], {}
    for user in chosen:
        *earlier, target = (taken.item for taken in catalog.taken[user])
        case_id = f"drawn-{user}"
        own = {*earlier, target}
        shuffled = (ids[place] for place in random.permutation(len(ids))[: OTHERS + len(own)])
        beside = [i for i in shuffled if i not in own][:OTHERS]
        listed = tuple(str(i) for i in random.permutation([target, *beside]))
        history = tuple(i for i in earlier if i != target)
        cases.append(Case(id=case_id, history=history, user=case_id, candidates=listed))
        targets[case_id] = target
    gone = frozenset(chosen)
    known = tuple(
        Interaction(user, taken.item, taken.time)
        for user, all_taken in catalog.taken.items()
        if user not in gone
        for taken in all_taken
    )
    fingerprint = f"{catalog.fingerprint}-less-{n}-{seed}"
    return Drawn(replace(catalog, interactions=known, fingerprint=fingerprint), targets, tuple(cases))


def exemplars_of(drawn: Drawn) -> tuple[Exemplar, ...]:
    """The drawn cases with their answers, to be shown to others."""
    solved = (from_case(case, {drawn.targets[case.id]: 1}) for case in drawn.cases)
    return tuple(exemplar for exemplar in solved if exemplar)


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
