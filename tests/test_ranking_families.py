"""Methods on every family of models against one ordinary forward for each continuation."""

import math
from dataclasses import replace

import pytest
from test_engine import ENGINES, FAMILIES, reference

from workbench.engine.protocol import never
from workbench.ranking.likelihood import Likelihood
from workbench.ranking.listwise import Letters
from workbench.ranking.pairwise import EVEN, Pairwise
from workbench.ranking.pointwise import Pointwise
from workbench.ranking.protocol import Question
from workbench.ranking.setwise import Setwise
from workbench.records import Candidate, CatalogFacts, Item, Prompt, PromptInputs

TITLES = ("The Matrix", "The Matrix Reloaded", "Amélie", "喜欢绿色食品")
MORE = (*TITLES, "Up", "Alien", "Aliens")
LETTERS = "ABCDEFGH"
USER = "the viewer will love"
FACTS = CatalogFacts("movies", "Movies", "video", "en", "film", 4)


def asked(titles, *, k=10):
    items = tuple(Item(str(n), title, title) for n, title in enumerate(titles))
    return Question(
        PromptInputs(FACTS, description=USER, candidates=items, k=k),
        tuple(Candidate(item.id, 0.0, n, "given") for n, item in enumerate(items, start=1)),
        lambda inputs: Prompt(shown(inputs.description, [item.title for item in inputs.candidates])),
        lambda item: item.title,
        {item.id: item.title for item in items},
    )


def shown(user, titles):
    return f"{user}\n" + "".join(f"{LETTERS[n]}. {title}\n" for n, title in enumerate(titles)) + "Answer:"


QUESTION = asked(TITLES)


def chances(engine, titles, *, calibrated=False):
    letters = [f" {LETTERS[n]}" for n in range(len(titles))]
    here = [sum(tokens) for tokens in reference(engine, shown(USER, titles), letters)]
    nobody = [sum(tokens) for tokens in reference(engine, shown("", titles), letters)]
    weights = [math.exp(a - b if calibrated else a) for a, b in zip(here, nobody, strict=True)]
    return [weight / sum(weights) for weight in weights]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("calibrated", [False, True])
def test_letters_are_what_plain_forwards_say(family, calibrated):
    found = Letters(calibrated=calibrated).rank(QUESTION, ENGINES[family], cancel=never)
    expected = chances(ENGINES[family], TITLES, calibrated=calibrated)
    assert found.scores == pytest.approx({str(n): chance for n, chance in enumerate(expected)}, abs=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_all_pairs_are_what_plain_forwards_say(family):
    engine = ENGINES[family]

    def wins(a, b):
        return (chances(engine, [a, b])[0] + chances(engine, [b, a])[1]) / 2

    found = Pairwise(comparisons="all").rank(QUESTION, engine, cancel=never)
    expected = {str(n): sum(wins(a, b) for b in TITLES if b != a) / 3 for n, a in enumerate(TITLES)}
    assert found.scores == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("calibrated", [False, True])
def test_pairs_are_merged_by_what_plain_forwards_say(family, calibrated):
    engine = ENGINES[family]

    def wins(a, b):
        first, second = chances(engine, [a, b], calibrated=calibrated), chances(engine, [b, a], calibrated=calibrated)
        return (first[0] + second[1]) / 2

    found = Pairwise(calibrated=calibrated).rank(QUESTION, engine, cancel=never)
    # A merge sort of four by hand: two pairs, then the two are merged from the front.
    left, right = ([a, b] if wins(a, b) > EVEN else [b, a] for a, b in (TITLES[:2], TITLES[2:]))
    expected = []
    while left and right:
        expected.append((left if wins(left[0], right[0]) > EVEN else right).pop(0))
    expected += [*left, *right]
    assert [TITLES[int(i)] for i in sorted(found.scores, key=lambda i: -found.scores[i])] == expected


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("calibrated", [False, True])
def test_sets_are_sorted_as_plain_forwards_say(family, calibrated):
    engine = ENGINES[family]

    def best(places):
        told = chances(engine, [MORE[at] for at in places], calibrated=calibrated)
        return places[told.index(max(told))]

    found = Setwise(size=3, calibrated=calibrated).rank(asked(MORE, k=3), engine, cancel=never)
    assert [int(i) for i in found.scores] == heap_sorted(len(MORE), 3, best)


def heap_sorted(n, k, best):
    """The k best by a plain heap of two children each, a set at a time."""
    heap = list(range(n))

    def sink(at):
        while family := [at, *(child for child in (2 * at + 1, 2 * at + 2) if child < len(heap))][1:]:
            winner = best(sorted(heap[place] for place in [at, *family]))
            place = heap.index(winner)
            if place == at:
                return
            heap[at], heap[place], at = heap[place], heap[at], place

    for at in range(n // 2 - 1, -1, -1):
        sink(at)
    found = []
    while len(found) < k:
        found.append(heap[0])
        heap[0] = heap[-1]
        heap.pop()
        if len(found) < k:
            sink(0)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_titles_are_as_likely_as_plain_forwards_say(family):
    engine, titles = ENGINES[family], [f" {title}" for title in TITLES]
    here = reference(engine, shown(USER, TITLES), titles)
    nobody = reference(engine, shown("", []), titles)
    expected = {
        "sum": [sum(tokens) for tokens in here],
        "mean": [sum(tokens) / len(tokens) for tokens in here],
        "calibrated": [sum(a) - sum(b) for a, b in zip(here, nobody, strict=True)],
    }
    for normalisation, scores in expected.items():
        found = Likelihood(normalisation=normalisation).rank(replace(QUESTION, memo={}), engine, cancel=never)
        assert list(found.scores.values()) == pytest.approx(scores, abs=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("calibrated", [False, True])
def test_labels_are_as_likely_as_plain_forwards_say(family, calibrated):
    def text(user, title):
        return f"{user} and {title}:"

    question = replace(
        QUESTION, labels=("Yes", "No"), render=lambda inputs: Prompt(text(inputs.description, inputs.candidate.title))
    )
    found = Pointwise(calibrated=calibrated).rank(replace(question, memo={}), ENGINES[family], cancel=never)
    for title, score in zip(TITLES, found.scores.values(), strict=True):
        yes, no = (sum(tokens) for tokens in reference(ENGINES[family], text(USER, title), [" Yes", " No"]))
        if calibrated:
            base = [sum(tokens) for tokens in reference(ENGINES[family], text("", title), [" Yes", " No"])]
            yes, no = yes - base[0], no - base[1]
        assert score == pytest.approx(1 / (1 + math.exp(no - yes)), abs=1e-4)
