"""Constrained lists through the method on every family: form, length, and that nothing else can come out."""

import pytest
from test_engine import ENGINES, FAMILIES
from test_engine_listing import plainly

from workbench.engine.protocol import never
from workbench.ranking.constrained import Constrained
from workbench.ranking.protocol import Question, quiet
from workbench.records import Candidate, CatalogFacts, Item, Prompt, PromptInputs

TITLES = ("The Matrix", "The Matrix Reloaded", "Up", "Up", "喜欢绿色食品")
ITEMS = tuple(Item(str(n), title, title) for n, title in enumerate(TITLES))
FACTS = CatalogFacts("movies", "Movies", "video", "en", "film", 5)
GIVEN = tuple(Candidate(item.id, 0.0, n, "given") for n, item in enumerate(ITEMS, start=1))


def written(family="llama", *, end="1.", k=5, seed=0, on_progress=quiet, **options):
    question = Question(
        PromptInputs(FACTS, candidates=ITEMS, k=k),
        GIVEN,
        lambda inputs: Prompt(f"the films\n{end}"),
        lambda item: item.title,
        {},
        seed=seed,
        on_progress=on_progress,
    )
    return Constrained(**options).rank(question, ENGINES[family], cancel=never)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("end", "space", "after"), [("1.", " ", "."), ("1. ", "", ". ")])
def test_list_is_what_masking_the_vocabulary_gives(family, end, space, after):
    lines = [f"{space}{title}" for title in TITLES]
    order, _ = plainly(ENGINES[family], f"the films\n{end}", lines, 5, lambda place: f"\n{place + 1}{after}")
    assert list(written(family, end=end).scores) == [str(n) for n in order]


def test_lines_are_told_as_they_come_with_what_begins_the_list():
    told = []
    found = written(end="the list:", k=2, on_progress=lambda *step: told.append(step))
    first, second = (line.line for line in found.lines)
    assert told == [
        (f"writing\n\n1. {first}\n2.", 0.5),
        (f"writing\n\n1. {first}\n2. {second}\n3.", 1.0),
    ]


def test_k_lines_are_written_and_all_if_wanted():
    assert list(written(k=2).scores.values()) == [1.0, 0.5]
    assert len(written(k=2, whole=True).scores) == 5


def test_a_seed_repeats_itself_and_only_candidates_come_out():
    hot = [written(seed=seed, temperature=2.0) for seed in range(6)]
    assert [written(seed=seed, temperature=2.0).scores for seed in range(6)] == [found.scores for found in hot]
    assert len({tuple(found.scores) for found in hot}) > 1
    assert all(sorted(line.line for line in found.lines) == sorted(TITLES) for found in hot)


@pytest.mark.parametrize(
    ("end", "begun", "between"),
    [
        ("The list:\n1.", "", "\n2."),
        ("Answer: 1.", "", "\n2."),
        ("答案：1、", "", "\n2、"),
        ("1：", "", "\n2："),
        ("The list:\n 1) ", "", "\n2) "),
        ("The list:\n- ", "", "\n- "),
        ("The list:\n", "1.", "\n2."),
        ("The list:", "\n1.", "\n2."),
        ("Answer as in step 2.1.", "\n1.", "\n2."),
        ("Grade 11.", "\n1.", "\n2."),
        ("the list -", "\n1.", "\n2."),
    ],
)
def test_a_list_goes_on_as_the_prompt_has_begun_it(end, begun, between):
    found = written(end=end, k=2)
    first, second = (line.line for line in found.lines)
    assert found.output.removeprefix(begun).lstrip().startswith(f"{first}{between}")
    assert found.output.startswith(begun)
    assert found.output.count("1") == begun.count("1"), "no second number one"
    assert second in found.output
