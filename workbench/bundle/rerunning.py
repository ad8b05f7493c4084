"""A Bundle run again: what differs from where it was made, and whether each ranking comes out the same."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Protocol

from workbench.bundle.record import Bundle, CatalogOf
from workbench.engine.protocol import Cancel, Engine, never
from workbench.engine.remote_address import UNVERIFIED
from workbench.records import Case, Exemplar, Ranking
from workbench.variant import ModelSpec, Variant

OnProgress = Callable[[str, float], None]

TOLERANCE = 1e-3
"""Largest difference of a score (nats, for likelihoods) that counts as the same: between two machines the sums of
a matrix product are taken in another order. On one machine the scores are equal."""


class WorkshopOf(Protocol):
    """What a rerun needs of the workshop."""

    def catalog(self, name: str) -> CatalogOf: ...
    def engine(self, spec: ModelSpec) -> Engine: ...
    def recommend(
        self,
        variant: Variant,
        catalog: str,
        case: Case,
        *,
        exemplars: Sequence[Exemplar],
        cancel: Cancel,
        on_progress: OnProgress,
    ) -> Ranking: ...


@dataclass(frozen=True, slots=True)
class Check:
    """One ranking of a bundle beside its rerun. `largest_difference` is of the scores of the same item; infinite when
    only one of the two has a score, or the item."""

    case_id: str
    same_exemplars: bool
    same_order: bool
    largest_difference: float
    old: Ranking
    new: Ranking

    @property
    def reproduced(self) -> bool:
        return self.same_order and self.largest_difference <= TOLERANCE


def differences(bundle: Bundle, workshop: WorkshopOf) -> tuple[str, ...]:
    """In what catalog and model at hand differ from those that made the bundle, one sentence each; loads both."""
    return tuple(_differences(bundle, workshop))


def _differences(bundle: Bundle, workshop: WorkshopOf) -> Iterator[str]:
    fingerprint = workshop.catalog(bundle.catalog.name).of_files
    if fingerprint != bundle.catalog_fingerprint:
        name = bundle.catalog.name
        yield f"catalog {name} has fingerprint {fingerprint}, the bundle was made on {bundle.catalog_fingerprint}"
    model = workshop.engine(bundle.variant.model).identity
    if UNVERIFIED in (model.weights_sha256, bundle.model.weights_sha256):
        yield f"model {model.id} is on a server: its weights can't be verified"
    for field in ("revision", "weights_sha256", "dtype", "device"):
        here, there = getattr(model, field), getattr(bundle.model, field)
        if here != there:
            yield f"model {model.id} has {field} {here}, the bundle was made with {there}"


def rerun(
    bundle: Bundle,
    workshop: WorkshopOf,
    *,
    cancel: Cancel = never,
    on_progress: OnProgress = lambda text, fraction: None,
) -> tuple[Check, ...]:
    """Each case of the bundle ranked again with its variant, checked against the ranking that it holds. Exemplars that
    an analyst wrote travel in the bundle, and join those of the catalog here."""
    checks = []
    for n, solved in enumerate(bundle.solved):

        def overall(text: str, fraction: float, n: int = n, case_id: str = solved.case.id) -> None:
            on_progress(f"{case_id}: {text}", (n + fraction) / len(bundle.solved))

        new = workshop.recommend(
            bundle.variant,
            bundle.catalog.name,
            solved.case,
            exemplars=bundle.exemplars,
            cancel=cancel,
            on_progress=overall,
        )
        checks.append(compare(solved.ranking, new))
    return tuple(checks)


def compare(old: Ranking, new: Ranking) -> Check:
    """Both rankings side by side, item by item."""
    before = {row.item_id: row.score for row in old.ranked}
    after = {row.item_id: row.score for row in new.ranked}
    gaps = [inf] if before.keys() != after.keys() else [_gap(before[i], after[i]) for i in before]
    return Check(
        case_id=old.case_id,
        same_exemplars=old.exemplar_ids == new.exemplar_ids,
        same_order=old.item_ids == new.item_ids,
        largest_difference=max(gaps, default=0.0),
        old=old,
        new=new,
    )


def _gap(old: float | None, new: float | None) -> float:
    if old == new:  # both None, or both the same infinity
        return 0.0
    gap = inf if old is None or new is None else abs(old - new)
    return gap if isfinite(gap) else inf
