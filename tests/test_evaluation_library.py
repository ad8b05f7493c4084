"""The measures against a second library: ranx, whose numbers must be ours to a millionth."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.evaluation.measures import measures, names_of

CUTOFFS = (1, 3, 5, 10)
THEIRS = {"nDCG": "ndcg", "HR": "hit_rate", "P": "precision", "R": "recall"}
ITEMS = [f"i{n}" for n in range(14)]


@pytest.fixture(scope="module")
def ranx():
    """Imported without numba's compiler, which takes half a minute for what runs a moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NUMBA_DISABLE_JIT", "1")
        import ranx

        yield ranx


def theirs(ranx, item_ids, grades):
    names = {name: f"{THEIRS[m]}@{k}" for name in names_of(CUTOFFS) if "@" in name for m, k in [name.split("@")]}
    names |= {"RR": "mrr", "AP": "map"}
    # An empty list is no run to ranx: an item that nobody wants stands in for it.
    ids = list(item_ids) or ["nobody's"]
    run = ranx.Run({"case": {i: float(len(ids) - at) for at, i in enumerate(ids)}})
    relevant = {i: grade for i, grade in grades.items() if grade > 0}
    found = ranx.evaluate(ranx.Qrels({"case": relevant}), run, list(names.values()), make_comparable=True)
    return {name: float(found[other]) for name, other in names.items()}


@pytest.mark.parametrize(
    ("item_ids", "grades"),
    [
        (ITEMS[:10], {"i0": 1}),
        (ITEMS[:10], {"i9": 3, "i0": 1, "i4": 2}),
        # Grades that tie, and ties in what an ideal list would have.
        (ITEMS[:10], {"i1": 2, "i2": 2, "i3": 2}),
        # Relevant items that the list does not hold, and one that is listed and not judged.
        (ITEMS[:4], {"i2": 1, "i7": 3, "i9": 2}),
        (ITEMS[:4], {"i9": 2}),
        # Nothing was listed.
        ([], {"i1": 2}),
        # One item; more items than the greatest cutoff.
        (ITEMS[:1], {"i0": 1, "i1": 1}),
        (ITEMS, {"i13": 1, "i11": 3}),
        # Judged and found not relevant.
        (ITEMS[:6], {"i0": 0, "i1": 0, "i5": 1}),
    ],
)
def test_every_measure_is_that_of_ranx(ranx, item_ids, grades):
    ours = measures(item_ids, grades, cutoffs=CUTOFFS)
    assert ours == pytest.approx(theirs(ranx, item_ids, grades), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    st.permutations(ITEMS),
    st.integers(0, len(ITEMS)),
    st.dictionaries(st.sampled_from(ITEMS), st.integers(0, 3), min_size=1).filter(lambda g: any(g.values())),
)
def test_so_it_is_for_any_list_and_any_truth(ranx, order, n, grades):
    ours = measures(order[:n], grades, cutoffs=CUTOFFS)
    assert ours == pytest.approx(theirs(ranx, order[:n], grades), abs=1e-6)


def test_scores_that_tie_are_a_strict_order_before_any_library_sees_them(ranx):
    """Libraries break ties each in its own way; a ranking has none left, since ties go to the retriever's order."""
    from workbench.ranking.order import to_ranked
    from workbench.ranking.protocol import Outcome
    from workbench.records import Candidate, Prompt

    candidates = [Candidate(i, 1.0, rank, "x") for rank, i in enumerate(ITEMS[:6], start=1)]
    outcome = Outcome({"i3": 0.5, "i1": 0.5, "i5": 0.5, "i0": 0.5, "i2": 0.9}, Prompt(""))
    ids = [row.item_id for row in to_ranked(outcome, candidates)]
    assert ids == ["i2", "i0", "i1", "i3", "i5", "i4"]
    grades = {"i1": 1, "i5": 2}
    assert measures(ids, grades, cutoffs=CUTOFFS) == pytest.approx(theirs(ranx, ids, grades), abs=1e-6)
