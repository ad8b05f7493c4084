"""Exemplar policies: which solved cases a prompt shows."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.sequences import TAKEN, sequence_exemplar, sequence_exemplars
from workbench.exemplars.informed import Balanced, Informative
from workbench.exemplars.policies import ByHand, Diverse, ExemplarPolicy, Nearest, NoExemplars, Random
from workbench.options import build_from
from workbench.records import Case, Exemplar, ShownExemplar
from workbench.retrieval.embeddings import Embeddings
from workbench.variant import Choice

MOST_USERS = 200
EXEMPLAR_POLICIES: dict[str, type[ExemplarPolicy]] = {
    "none": NoExemplars,
    "by_hand": ByHand,
    "random": Random,
    "nearest": Nearest,
    "diverse": Diverse,
    "balanced": Balanced,
    "informative": Informative,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An exemplar that was asked for by name and may not be shown."""

    exemplar_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Exemplars in the order of the prompt, and the ones asked for that are left out."""

    shown: tuple[Exemplar, ...] = ()
    refused: tuple[Refusal, ...] = ()


def choose(
    choice: Choice,
    catalog: Catalog,
    case: Case,
    *,
    seed: int,
    embeddings: Embeddings,
    blocked: Callable[[Exemplar], str],
) -> Chosen:
    """What the policy shows for this case; a blocked exemplar never, the next one in its place. Raises VariantError."""
    policy = build_from(EXEMPLAR_POLICIES, choice.name, choice.options, where="exemplar policy")
    solved = pool_of(getattr(policy, "source", "solved cases"), catalog, case, seed=seed)
    known = {exemplar.id: exemplar for exemplar in (*catalog.exemplars, *solved)}
    known |= {i: found for i in policy.wanted if i.startswith(TAKEN) and (found := _sequence(catalog, i))}
    reasons = {i: blocked(known[i]) if i in known else "there is none of this id in the catalog" for i in policy.wanted}
    shown = [known[i] for i, reason in reasons.items() if not reason]
    pool = [e for e in solved if e.id not in reasons and not blocked(e)]
    if len(shown) < policy.count:
        ordered = policy.order(catalog, pool, case, seed=seed, embeddings=embeddings)
        shown += [known[i] for i in ordered[: policy.count - len(shown)]]
    refused = tuple(Refusal(i, reason) for i, reason in reasons.items() if reason)
    return Chosen(policy.arrange(shown, seed=f"{seed}:{case.id}"), refused)


def pool_of(source: str, catalog: Catalog, case: Case, *, seed: int) -> tuple[Exemplar, ...]:
    """What a policy may choose from, for one of `policies.SOURCES`. Of the other users, a draw of MOST_USERS at most,
    the same for the same seed and case."""
    solved = () if source == "interactions" else catalog.exemplars
    if source == "solved cases":
        return solved
    others = list(sequence_exemplars(catalog.taken, case))
    if len(others) > MOST_USERS:
        others = random.Random(hashlib.sha256(f"pool:{seed}:{case.id}".encode()).digest()).sample(others, MOST_USERS)
    return (*solved, *others)


def _sequence(catalog: Catalog, exemplar_id: str) -> Exemplar | None:
    return sequence_exemplar(catalog.taken, exemplar_id)


def show(exemplar: Exemplar, catalog: Catalog) -> ShownExemplar:
    """The exemplar with its items looked up."""
    return ShownExemplar(
        id=exemplar.id,
        description=exemplar.description,
        history=tuple(catalog.item(i) for i in exemplar.history),
        candidates=tuple(catalog.item(i) for i in exemplar.candidates),
        answer=tuple(catalog.item(i) for i in exemplar.answer),
        reason=exemplar.reason,
    )


__all__ = ["EXEMPLAR_POLICIES", "Chosen", "ExemplarPolicy", "Refusal", "choose", "pool_of", "show"]
