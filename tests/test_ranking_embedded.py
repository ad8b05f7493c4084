"""Letters, sets and labels on the embedded model, with its real tokenizer, against one ordinary forward each."""

import math

import pytest
from test_engine import reference

from workbench.engine.protocol import never
from workbench.ranking.constrained import Constrained
from workbench.ranking.listwise import Letters
from workbench.ranking.protocol import Question
from workbench.ranking.setwise import Setwise
from workbench.records import Candidate, CatalogFacts, Item, Prompt, PromptInputs

pytestmark = pytest.mark.model
TITLES = ("2001: A Space Odyssey", "Amélie", "“Up”", "The Iron Giant", "喜欢绿色食品")
ITEMS = tuple(Item(str(n), title, title) for n, title in enumerate(TITLES))
FACTS = CatalogFacts("movies", "Movies", "video", "en", "film", 5)


@pytest.fixture(scope="module")
def engine(models):
    from workbench.engine.loading import load_engine
    from workbench.variant import ModelSpec

    return load_engine(ModelSpec(dtype="float32"), models)


def text(user, titles, end):
    return f"{user}\n" + "".join(f"{'ABCDE'[n]}. {title}\n" for n, title in enumerate(titles)) + end


def question(end, *, k=5):
    return Question(
        PromptInputs(FACTS, description="I like slow films about robots.", candidates=ITEMS, k=k),
        tuple(Candidate(item.id, 0.0, n, "given") for n, item in enumerate(ITEMS, start=1)),
        lambda inputs: Prompt(text(inputs.description, [item.title for item in inputs.candidates], end)),
        lambda item: item.title,
        {},
    )


def by_hand(engine, end, letters):
    """Chances of the letters from ordinary forwards, less what nobody's prompt says."""
    users = ("I like slow films about robots.", "")
    here, nobody = ([sum(row) for row in reference(engine, text(user, TITLES, end), letters)] for user in users)
    weights = [math.exp(a - b) for a, b in zip(here, nobody, strict=True)]
    return [weight / sum(weights) for weight in weights]


@pytest.mark.parametrize(("end", "space"), [("Answer:", " "), ("Answer: ", ""), ("Answer:\n", ""), ("Answer (", "")])
def test_letters_are_what_plain_forwards_say(engine, end, space):
    found = Letters().rank(question(end), engine, cancel=never)
    expected = by_hand(engine, end, [f"{space}{letter}" for letter in "ABCDE"])
    assert [found.scores[item.id] for item in ITEMS] == pytest.approx(expected, abs=1e-4)


def test_a_space_after_the_question_is_no_other_question(engine):
    # The tokenizer reads " A" as one token either way.
    found = [Letters().rank(question(end), engine, cancel=never).scores for end in ("Answer:", "Answer: ")]
    assert found[0] == pytest.approx(found[1], abs=1e-5)


def test_the_best_set_of_all_is_the_likeliest_letter(engine):
    first = Letters().rank(question("Answer:"), engine, cancel=never)
    best = Setwise(size=5).rank(question("Answer:", k=1), engine, cancel=never)
    assert list(best.scores) == [max(first.scores, key=first.scores.get)]


def test_a_list_holds_titles_as_they_are(engine):
    found = Constrained().rank(question("Answer: 1."), engine, cancel=never)
    lines = found.output.removesuffix("\n6.").split("\n")
    assert [line.removeprefix(f"{n}.").strip() for n, line in enumerate(lines, start=1)] == [
        TITLES[int(item_id)] for item_id in found.scores
    ]
