"""Methods over a model on a server rank as they do over the same model in this process."""

from dataclasses import replace

import pytest
from openai_server import Faults, serving
from remote_pair import LOCAL, SERVER, engine_at
from small_shop import Letters as Embedder
from small_shop import shop

from workbench.engine.protocol import never
from workbench.errors import ModelError
from workbench.ranking import METHODS
from workbench.ranking.constrained import Constrained
from workbench.ranking.generation import Generation
from workbench.ranking.likelihood import Likelihood
from workbench.ranking.listwise import Letters
from workbench.ranking.pairwise import Pairwise
from workbench.ranking.pointwise import Pointwise
from workbench.ranking.protocol import Context, Question
from workbench.ranking.setwise import Setwise
from workbench.recommender import build
from workbench.records import Candidate, CatalogFacts, Item, Prompt, PromptInputs
from workbench.retrieval import Embeddings
from workbench.variant import Choice, ModelSpec, TemplateSource, Variant

TITLES = ("The Matrix", "The Matrix Reloaded", "Up", "Alien", "喜欢绿色食品")
ITEMS = tuple(Item(str(n), title, title) for n, title in enumerate(TITLES))
FACTS = CatalogFacts("movies", "Movies", "video", "en", "film", 5)


def text_of(inputs):
    asked = f"{inputs.candidate.title}?" if inputs.candidate else ""
    history = "".join(f"{item.title}, " for item in inputs.history)
    shown = "".join(f"{'ABCDE'[n]}. {item.title}\n" for n, item in enumerate(inputs.candidates))
    return Prompt(f"{inputs.description} {history}\n{shown}{asked} Answer:")


def question():
    return Question(
        PromptInputs(FACTS, description="the viewer", history=ITEMS[:1], candidates=ITEMS, k=5),
        tuple(Candidate(item.id, 0.0, n, "given") for n, item in enumerate(ITEMS, start=1)),
        text_of,
        lambda item: item.title,
        {item.id: item.title for item in ITEMS},
        # Words that are one token each: whether one goes on from another can't be told from how many they are.
        labels=("love", "film", "the"),
        verbaliser={"love": ("love", "will", "viewer"), "the": ("the", "the film")},
        others=lambda n: (Context("the critic", ITEMS[2:3], "interactions"), Context("", ITEMS[3:4], "interactions")),
    )


RANKED = {
    "sum": Likelihood(normalisation="sum"),
    "mean": Likelihood(normalisation="mean"),
    "calibrated": Likelihood(),
    "contrasted": Likelihood(normalisation="contrasted"),
    "labels": Pointwise(),
    "labels, calibrated": Pointwise(calibrated=True),
    "letters": Letters(),
    "letters in windows": Letters(window=3, calibrated=False),
    "pairs, sorted": Pairwise(),
    "all pairs": Pairwise(comparisons="all", calibrated=True),
    "sets": Setwise(size=3),
    "a written list": Generation(max_tokens=12, by_meaning=False),
}


@pytest.fixture(scope="module")
def base():
    with serving(SERVER) as address:
        yield address


def test_every_method_that_a_server_can_serve_is_tried_here():
    assert {type(method) for method in RANKED.values()} == {m for m in METHODS.values() if not m.needs_tokens}


@pytest.mark.parametrize("name", RANKED)
@pytest.mark.parametrize("own_tokenizer", [True, False])
def test_scores_and_order_are_those_of_the_model_in_this_process(base, tmp_path, name, own_tokenizer):
    SERVER.faults = Faults(no_tokenize=not own_tokenizer)
    remote = engine_at(base, tmp_path)
    assert remote.tokenizer.estimated != own_tokenizer
    found = RANKED[name].rank(question(), remote, cancel=never)
    expected = RANKED[name].rank(question(), LOCAL, cancel=never)
    assert found.scores == pytest.approx(expected.scores, abs=1e-3)
    assert ordered(found.scores) == ordered(expected.scores)
    assert found.output == expected.output
    for item_id, chances in expected.chances.items():
        assert found.chances[item_id] == pytest.approx(chances, abs=1e-3)


def ordered(scores):
    return sorted(scores, key=lambda i: -scores[i])


def test_a_list_that_can_hold_only_candidates_is_refused_with_the_way_out(base, tmp_path):
    SERVER.faults = Faults()
    with pytest.raises(ModelError, match=r"can't be held to a list(.|\n)*method generation"):
        Constrained().rank(question(), engine_at(base, tmp_path), cancel=never)


def test_it_is_refused_before_the_server_is_asked_for_anything(base, tmp_path):
    SERVER.faults = Faults()
    remote = engine_at(base, tmp_path)
    asked = len(SERVER.faults.asked)
    variant = Variant(
        template=TemplateSource(name="t", source="Best:"),
        method=Choice(name="constrained"),
        model=ModelSpec(id=remote.identity.id),
    )
    with pytest.raises(Exception, match="a model on a server does not let us") as refused:
        build(variant, shop(a="Apple"), remote, Embeddings(Embedder, None))
    assert [problem.where for problem in refused.value.problems] == ["ranking method"]
    assert len(SERVER.faults.asked) == asked


@pytest.mark.parametrize("name", [name for name in RANKED if name != "a written list"])
def test_a_server_without_log_probabilities_is_an_error_and_no_order(base, tmp_path, name):
    SERVER.faults = Faults(no_logprobs=True)
    with pytest.raises(ModelError):
        RANKED[name].rank(replace(question(), memo={}), engine_at(base, tmp_path), cancel=never)
