"""The measures against a second library: ranx, whose numbers must be ours to a millionth."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.evaluation.measures import measures, names_of
from workbench.ranking.order import to_ranked
from workbench.ranking.protocol import Outcome
from workbench.records import Candidate, Prompt

CUTOFFS = (1, 3, 5, 10)
THEIRS = {"nDCG": "ndcg", "HR": "hit_rate", "P": "precision", "R": "recall"}
NAMES = {name: f"{THEIRS[m]}@{k}" for name in names_of(CUTOFFS) if "@" in name for m, k in [name.split("@")]}
NAMES |= {"RR": "mrr", "AP": "map"}
ITEMS = [f"i{n}" for n in range(14)]
LISTS = [
    (ITEMS[:10], {"i0": 1}),
    (ITEMS[:10], {"i9": 3, "i0": 1, "i4": 2}),
    # Grades that tie, and so ties in what an ideal list would have.
    (ITEMS[:10], {"i1": 2, "i2": 2, "i3": 2}),
    # Relevant items that the list does not hold.
    (ITEMS[:4], {"i2": 1, "i7": 3, "i9": 2}),
    (ITEMS[:4], {"i9": 2}),
    # Nothing was listed.
    ([], {"i1": 2}),
    # One item; more items than the greatest cutoff.
    (ITEMS[:1], {"i0": 1, "i1": 1}),
    (ITEMS, {"i13": 1, "i11": 3}),
    # Judged and found not relevant.
    (ITEMS[:6], {"i0": 0, "i1": 0, "i5": 1}),
]


def tied():
    """Scores that tie: libraries break ties each in its own way, and a ranking has none left, since they go to the
    retriever's order."""
    candidates = [Candidate(i, 1.0, rank, "x") for rank, i in enumerate(ITEMS[:6], start=1)]
    outcome = Outcome({"i3": 0.5, "i1": 0.5, "i5": 0.5, "i0": 0.5, "i2": 0.9}, Prompt(""))
    return [row.item_id for row in to_ranked(outcome, candidates)], {"i1": 1, "i5": 2}


def drawn(seed):
    """Any list of any length, and any truth with something in it."""
    draw = random.Random(seed)
    grades = {i: draw.randint(0, 3) for i in draw.sample(ITEMS, draw.randint(1, 8))}
    return draw.sample(ITEMS, draw.randint(0, len(ITEMS))), {**grades, draw.choice(ITEMS): draw.randint(1, 3)}


def test_a_list_with_ties_is_strict_before_any_library_sees_it():
    assert tied()[0] == ["i2", "i0", "i1", "i3", "i5", "i4"]


def test_every_measure_is_that_of_ranx():
    lists = [*LISTS, tied(), *map(drawn, range(60))]
    script, asked = Path(__file__).with_name("ranx_measures.py"), json.dumps([list(NAMES.values()), lists])
    ran = subprocess.run([sys.executable, str(script)], input=asked, capture_output=True, text=True, check=True)
    theirs = json.loads(ran.stdout)
    for (item_ids, grades), other in zip(lists, theirs, strict=True):
        ours = measures(item_ids, grades, cutoffs=CUTOFFS)
        assert ours == pytest.approx({name: other[NAMES[name]] for name in ours}, abs=1e-6), (item_ids, grades)
