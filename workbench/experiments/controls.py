"""Controls: the same question with what is known of the user taken away, or another user's in its place."""

import random
from collections.abc import Sequence
from dataclasses import replace

from workbench.errors import Problem, VariantError
from workbench.records import Candidate, Case
from workbench.store.experiment import Role
from workbench.variant import Choice, Variant

NOTHING = Problem("there are no candidates for this case")


def given(variant: Variant) -> Variant:
    """The variant over candidates that it is handed, in their order."""
    return variant.model_copy(update={"retriever": Choice(name="given"), "rules": (), "diversity": 0.0})


def control(role: Role, case: Case, candidates: Sequence[Candidate], others: Sequence[Case], *, seed: int) -> Case:
    """What a `given` variant is asked in place of the case. Only what is said of the user changes: the candidates stay
    those of the case and in their order, so that a control tells what the model makes of the user and not what
    retrieval does. Raises VariantError where there are no candidates, or none of the others is another user's that
    tells something: what would be asked then is no user, under another name."""
    if not candidates:
        raise VariantError(NOTHING)
    ids = tuple(c.item_id for c in candidates)
    bare = replace(case, description="", history=(), candidates=ids)
    if role == "no user":
        return bare
    other = _other(case, others, seed)
    if other is None:
        fix = "ask cases of more users, or leave the controls out"
        raise VariantError(Problem("no other case tells anything of another user", "control", fix))
    # An item of the history is never a candidate; one that the other user took may be here.
    history = tuple(i for i in other.history if i not in ids)
    return replace(bare, description=other.description, history=history)


def _other(case: Case, others: Sequence[Case], seed: int) -> Case | None:
    """Some other user's case that tells something; one for each case whatever else is asked."""
    found = [o for o in others if o.id != case.id and (o.user != case.user or not o.user)]
    telling = [o for o in found if o.description or o.history]
    return random.Random(f"another user:{seed}:{case.id}").choice(telling) if telling else None
