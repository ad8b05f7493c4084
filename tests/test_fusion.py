"""Fusing a method's scores with other sources: the sums by hand, and what they may not depend on."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ranking.fusion import FUSIONS, MODEL, ReciprocalRank, StandardisedSum, Unfused, fuse
from workbench.ranking.order import to_ranked
from workbench.ranking.protocol import Outcome
from workbench.records import Candidate, Prompt

IDS = ("a", "b", "c")


def test_standardised_scores_are_summed_by_their_weights():
    # mean 2, standard deviation sqrt(2/3): -1.2247, 0, 1.2247; the walk says the reverse at half the weight.
    fusion = StandardisedSum(model=1.0, walk=0.5)
    found = fuse(fusion, {MODEL: {"a": 1, "b": 2, "c": 3}, "walk": {"a": 30, "b": 20, "c": 10}}, IDS)
    unit = math.sqrt(3 / 2)
    assert found.scores == pytest.approx({"a": -unit / 2, "b": 0.0, "c": unit / 2})
    assert found.explanations["a"] == "model -1.22 walk +0.612"


def test_item_that_a_source_says_nothing_of_gets_its_lowest():
    found = fuse(StandardisedSum(model=0.0, bm25=1.0), {MODEL: {}, "bm25": {"a": 5.0, "b": 1.0}}, IDS)
    assert found.scores["c"] == found.scores["b"] < found.scores["a"]


def test_source_with_nothing_to_go_by_changes_nothing():
    model = {"a": 1.0, "b": 2.0, "c": 4.0}
    with_it = fuse(StandardisedSum(walk=2.0), {MODEL: model, "walk": {}}, IDS)
    assert with_it.scores == fuse(StandardisedSum(), {MODEL: model}, IDS).scores


def test_reciprocal_ranks_share_the_rank_of_a_tie():
    found = fuse(ReciprocalRank(model=1.0, dense=2.0), {MODEL: {"a": 3, "b": 1, "c": 1}, "dense": {"b": 0.5}}, IDS)
    assert found.scores == pytest.approx({"a": 1 / 61, "b": 1 / 62.5 + 2 / 61, "c": 1 / 62.5})


def test_unfused_asks_nobody():
    assert Unfused().used == {}


def test_every_fusion_says_what_it_does():
    assert all(kind.summary.endswith(".") for kind in FUSIONS.values())


def test_ranked_list_follows_the_fused_scores_and_keeps_what_was_left_out():
    candidates = [Candidate(i, 1.0, rank, "given") for rank, i in enumerate(IDS, 1)]
    outcome = Outcome({"a": 1.0, "b": 2.0}, Prompt(""), explanations={"a": "said so"})
    fused = fuse(StandardisedSum(model=1.0, walk=3.0), {MODEL: outcome.scores, "walk": {"c": 9.0, "a": 1.0}}, IDS)
    rows = to_ranked(outcome, candidates, fused=fused)
    assert [row.item_id for row in rows] == ["c", "b", "a"]
    assert [row.left_out for row in rows] == [True, False, False]
    assert rows[2].explanation.startswith("said so; model ")


finite = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


@given(st.dictionaries(st.sampled_from("abcdefgh"), finite, min_size=1), finite.map(abs), finite)
def test_scale_and_shift_of_a_source_do_not_matter(part, scale, shift):
    moved = {i: (scale + 1) * score + shift for i, score in part.items()}
    for fusion in (StandardisedSum(), ReciprocalRank()):
        plain, changed = (fuse(fusion, {MODEL: p}, list(part)).scores for p in (part, moved))
        ordered = sorted(part, key=lambda i: (plain[i], part[i]))
        assert all(changed[x] <= changed[y] + 1e-6 for x, y in pairwise(ordered))
