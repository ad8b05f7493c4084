"""Methods on every family of models against one ordinary forward for each continuation."""

import math
from dataclasses import replace

import pytest
from test_engine import ENGINES, FAMILIES, reference

from workbench.engine.protocol import never
from workbench.ranking.likelihood import Likelihood
from workbench.ranking.listwise import Letters
from workbench.ranking.pairwise import Pairwise
from workbench.ranking.pointwise import Pointwise
from workbench.ranking.protocol import Question
from workbench.records import Candidate, CatalogFacts, Item, Prompt, PromptInputs

TITLES = ("The Matrix", "The Matrix Reloaded", "Amélie", "喜欢绿色食品")
ITEMS = tuple(Item(str(n), title, title) for n, title in enumerate(TITLES))
FACTS = CatalogFacts("movies", "Movies", "video", "en", "film", 4)
QUESTION = Question(
    PromptInputs(FACTS, description="the viewer will love", candidates=ITEMS),
    tuple(Candidate(item.id, 0.0, n, "given") for n, item in enumerate(ITEMS, start=1)),
    lambda inputs: Prompt(shown(inputs.description, [item.title for item in inputs.candidates])),
    lambda item: item.title,
    {item.id: item.title for item in ITEMS},
)


def shown(user, titles):
    return f"{user}\n" + "".join(f"{'ABCD'[n]}. {title}\n" for n, title in enumerate(titles)) + "Answer:"


def chances(engine, titles, *, calibrated=False):
    letters = [f" {'ABCD'[n]}" for n in range(len(titles))]
    here = [sum(tokens) for tokens in reference(engine, shown("the viewer will love", titles), letters)]
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
def test_titles_are_as_likely_as_plain_forwards_say(family):
    engine, titles = ENGINES[family], [f" {title}" for title in TITLES]
    here = reference(engine, shown("the viewer will love", TITLES), titles)
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
def test_labels_are_as_likely_as_plain_forwards_say(family):
    def asked(title):
        return f"the viewer and {title}:"

    question = replace(QUESTION, labels=("Yes", "No"), render=lambda inputs: Prompt(asked(inputs.candidate.title)))
    found = Pointwise().rank(question, ENGINES[family], cancel=never)
    for title, score in zip(TITLES, found.scores.values(), strict=True):
        yes, no = (math.exp(sum(tokens)) for tokens in reference(ENGINES[family], asked(title), [" Yes", " No"]))
        assert score == pytest.approx(yes / (yes + no), abs=1e-4)
