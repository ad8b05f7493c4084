"""A Bundle: a variant, the rankings it made, and everything that is needed to know whether a rerun is the same."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import JsonValue

from workbench import __version__
from workbench.errors import BundleError, Problem, raise_all
from workbench.records import Case, CatalogFacts, Exemplar, Item, ModelIdentity, Ranking
from workbench.variant import Plain, Variant

SCHEMA_VERSION = 1
MANIFEST, TEMPLATE, EXEMPLARS, ITEMS = "manifest.json", "template.j2", "exemplars.jsonl", "items.jsonl"
RANKINGS, README, INCLUDES = "rankings.json", "README.md", "includes/"


@dataclass(frozen=True, slots=True)
class Solved:
    """A case and the ranking that came of it."""

    case: Case
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class Bundle:
    """`exemplars` are the ones that the rankings showed, `items` those of candidates, histories and exemplars."""

    variant: Variant
    model: ModelIdentity
    catalog: CatalogFacts
    catalog_fingerprint: str
    solved: tuple[Solved, ...]
    exemplars: tuple[Exemplar, ...] = ()
    items: tuple[Item, ...] = ()
    code_version: str = __version__


class Manifest(Plain):
    """`manifest.json`. `variant` is without its template's text, which lies beside it; `sha256` is of every other
    member."""

    schema_version: Literal[1] = 1
    code_version: str
    variant: dict[str, JsonValue]
    variant_digest: str
    model: ModelIdentity
    catalog: CatalogFacts
    catalog_fingerprint: str
    sha256: dict[str, str]


class CatalogOf(Protocol):
    """What `make_bundle` reads of a catalog."""

    @property
    def facts(self) -> CatalogFacts: ...
    @property
    def of_files(self) -> str: ...
    def item(self, item_id: str) -> Item: ...
    def exemplar(self, exemplar_id: str) -> Exemplar: ...


def make_bundle(variant: Variant, catalog: CatalogOf, solved: Sequence[Solved]) -> Bundle:
    """The bundle of a variant and rankings that it made on this catalog.

    Raises BundleError for rankings of another variant, of several models or of none.
    """
    models = {s.ranking.model for s in solved if s.ranking.model is not None}
    raise_all(BundleError, list(_mismatches(variant, solved, len(models))))
    exemplar_ids = dict.fromkeys(i for s in solved for i in s.ranking.exemplar_ids)
    exemplars = tuple(catalog.exemplar(exemplar_id) for exemplar_id in exemplar_ids)
    return Bundle(
        variant=variant,
        model=models.pop(),
        catalog=catalog.facts,
        catalog_fingerprint=catalog.of_files,
        solved=tuple(solved),
        exemplars=exemplars,
        items=tuple(catalog.item(item_id) for item_id in dict.fromkeys(_item_ids(solved, exemplars))),
    )


def _mismatches(variant: Variant, solved: Sequence[Solved], n_models: int) -> Iterator[Problem]:
    if not solved:
        yield Problem("no ranking to export", f"variant {variant.label}", "run the variant first")
    elif n_models != 1:
        yield Problem(f"the rankings come from {n_models} models", f"variant {variant.label}", "run them again")
    for s in solved:
        if s.ranking.variant_digest != variant.digest:
            where = f"variant {variant.label}, case {s.case.id}"
            yield Problem("the variant has changed since this ranking was made", where, "run it again, then export")


def _item_ids(solved: Iterable[Solved], exemplars: Iterable[Exemplar]) -> Iterator[str]:
    for s in solved:
        yield from s.case.history
        yield from (candidate.item_id for candidate in s.ranking.candidates)
    for exemplar in exemplars:
        yield from (*exemplar.history, *exemplar.candidates, *exemplar.answer)
