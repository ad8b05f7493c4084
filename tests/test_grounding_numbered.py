"""Lines that name candidates by number or letter, and lines that the token limit cut."""

import pytest
from test_grounding_matching import one

from workbench.grounding import match, parse_list

NUMBERED = {"a": "Alien", "u": "Up", "h": "Heat"}


@pytest.mark.parametrize(
    "text",
    [
        "3\n1\n2",
        "3, 1, 2",
        "[3] > [1] > [2]",
        "3.\n1.\n2.",
        "C, A, B",
        "1. C\n2. A\n3. B",
        "- Item 3\n- Item 1\n- Item 2",
    ],
)
def test_numbers_and_letters_name_candidates_when_those_were_numbered(text):
    found = match(parse_list(text), NUMBERED, NUMBERED, numbered=True)
    assert [line.item_id for line in found] == ["h", "a", "u"]
    assert all(line.reason.startswith("names candidate") for line in found)


@pytest.mark.parametrize("head", ["No. {}: ", "Movie {}: ", "Option {}: ", "Item {}: ", "{}. Candidate 2 - ", "{}, "])
def test_a_number_beside_a_title_counts_and_does_not_point(head):
    text = "\n".join(head.format(n) + title for n, title in enumerate(("Heat", "Up", "Alien"), start=1))
    found = match(parse_list(text), NUMBERED, NUMBERED, numbered=True)
    assert [line.item_id for line in found] == ["h", "u", "a"]


def test_a_number_names_nothing_unless_told_so():
    assert {line.kind for line in match(parse_list("3, 1, 2"), NUMBERED, NUMBERED)} == {"invented"}


def test_a_candidates_own_title_goes_before_its_number():
    catalog = {"a": "Alien", "m": "M", "t": "2"}
    found = match(parse_list("1. 2\n2. M\n3. 1"), catalog, catalog, numbered=True)
    assert [line.item_id for line in found] == ["t", "m", "a"]


def test_a_number_beyond_the_candidates_is_invented():
    (found,) = match(parse_list("- 9"), NUMBERED, NUMBERED, numbered=True)
    assert found.kind == "invented"


def test_a_title_cut_by_the_token_limit_is_completed():
    found, title = one(
        "1. Star Wars: Episode V - The Emp", "Star Wars: Episode V - The Empire Strikes Back", "Up", cut=True
    )
    assert (found.kind, title) == ("fuzzy", "Star Wars: Episode V - The Empire Strikes Back")
    found, title = one('["The Mat', "The Matrix", "Up", cut=True)
    assert title == "The Matrix"


def test_a_cut_title_that_may_go_on_in_two_ways_is_ambiguous():
    found, _ = one("1. Toy Story", "Toy Story", "Toy Story 2", cut=True)
    assert (found.kind, found.others) == ("ambiguous", ("i0", "i1"))


def test_a_title_that_was_closed_before_the_cut_is_whole():
    found, title = one("1. Toy Story\n", "Toy Story", "Toy Story 2", cut=True)
    assert (found.kind, title) == ("exact", "Toy Story")


def test_a_cut_title_that_begins_nothing_says_that_it_was_cut():
    found, _ = one("1. Xan", "Alien", cut=True)
    assert (found.kind, found.reason) == ("invented", "nothing of this name is in the catalog; the text was cut here")
