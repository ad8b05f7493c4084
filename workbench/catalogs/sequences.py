"""Solved cases out of interactions: what a user had taken, and what they took next."""

from collections.abc import Iterator, Mapping, Sequence

from workbench.catalogs.timeline import seconds
from workbench.records import Case, Exemplar, Interaction

TAKEN = "taken:"
"""How the ids begin: `taken:USER:N`, where the user's interaction N (counted from 0) is the answer."""
SHORTEST, LONGEST = 2, 10
"""Items of a history: fewer say too little, and the prompt need not hold more."""

Taken = Mapping[str, Sequence[Interaction]]


def sequence_exemplar(taken: Taken, exemplar_id: str) -> Exemplar | None:
    """The solved case of that id; None where there is none."""
    user, _, place = exemplar_id.removeprefix(TAKEN).rpartition(":")
    sequence = taken.get(user, ())
    if not exemplar_id.startswith(TAKEN) or not place.isdecimal() or int(place) >= len(sequence):
        return None
    at = int(place)
    answer = sequence[at]
    before = [i.item for i in sequence[:at] if i.item != answer.item]
    history = tuple(reversed(list(dict.fromkeys(reversed(before)))))[-LONGEST:]
    return Exemplar(
        exemplar_id, history=history, answer=(answer.item,), user=user, time=answer.time, tags=("interactions",)
    )


def sequence_exemplars(taken: Taken, case: Case) -> Iterator[Exemplar]:
    """One for each other user: the last of their sequence that was over before the case's time."""
    for user, sequence in taken.items():
        if case.user and user == case.user:
            continue
        limit = seconds(case.time) if case.time else None
        known = [at for at, i in enumerate(sequence) if limit is None or (i.time and seconds(i.time) < limit)]
        found = sequence_exemplar(taken, f"{TAKEN}{user}:{known[-1]}") if known else None
        if found and len(found.history) >= SHORTEST:
            yield found
