"""What candidates must be, on the page Compare: told beside the source, counted, and wrong before a run."""

import pytest
from pages import column, opened, said, save_draft, served, stored_draft
from pages import fruit as fruit_catalog

SHOWN = "Candidates with their retrieval scores"


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        fruit_catalog(folder)
        save_draft()
        yield folder


def test_a_rule_takes_candidates_away_and_says_how_many(fresh):
    at = opened()
    before = column(at, SHOWN, "title")
    gone, *left = before
    at.text_area(key="A.rules").set_value(f"title != {gone}\n\n").run()
    assert not at.exception
    assert column(at, SHOWN, "title") == left
    assert f"1 by title != {gone}" in said(at.caption)
    assert stored_draft().variants[0].rules == (f"title != {gone}",)
    assert opened().text_area(key="A.rules").value == f"title != {gone}"


def test_a_line_that_is_no_rule_is_told_before_any_run(fresh):
    at = opened()
    at.text_area(key="A.rules").set_value("titel = x").run()
    assert not at.exception
    assert "items have no `titel`; did you mean `title`?" in said(at.error)


def test_diversity_is_kept(fresh):
    at = opened()
    at.slider(key="A.diversity").set_value(0.4).run()
    assert not at.exception
    assert stored_draft().variants[0].diversity == 0.4
    assert opened().slider(key="A.diversity").value == 0.4
