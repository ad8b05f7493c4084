"""The floors of grounding over the committed titles, on the half that no threshold was set on."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from grounding import evaluate, rates, read
from grounding_titles import MADE, main


def test_the_set_is_what_its_script_writes(tmp_path, monkeypatch):
    monkeypatch.setattr("grounding_titles.MADE", tmp_path / MADE.name)
    main()
    assert (tmp_path / MADE.name).read_text(encoding="utf-8") == MADE.read_text(encoding="utf-8")


def test_the_set_is_large_and_of_many_kinds_in_both_halves():
    for half in ("dev", "held-out"):
        lines = read(half)
        assert len(lines) > 500
        assert len({line["kind"] for line in lines}) == 20
        assert sum(not line["truth"] for line in lines) > 150


def test_spelling_alone_holds_the_floors_on_what_was_held_out():
    found = rates(evaluate(read("held-out"), meaning=False))
    assert found.precision >= 0.99
    assert found.recall >= 0.95
    assert found.accepted < 0.01


@pytest.mark.model
def test_meaning_adds_to_what_is_found_and_breaks_no_floor(models):
    spelled, meant = (rates(evaluate(read("held-out"), meaning=meaning)) for meaning in (False, True))
    assert meant.precision >= 0.99
    assert meant.recall > spelled.recall >= 0.95
    assert meant.accepted < 0.01
