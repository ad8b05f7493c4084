"""What docs/methods.md says that each method costs, against what the engine counts."""

import math
from dataclasses import replace

import pytest
from small_shop import Letters as Embedder
from small_shop import shop
from test_engine import small_engine

from workbench.engine.prefix_cache import PrefixCache
from workbench.engine.protocol import never
from workbench.engine.scripted import ScriptedEngine
from workbench.errors import Cancelled
from workbench.ranking.asking import GROUP, ask_many
from workbench.ranking.consistency import rank_orders
from workbench.ranking.constrained import Constrained
from workbench.ranking.generation import Generation
from workbench.ranking.likelihood import Likelihood
from workbench.ranking.listwise import Letters
from workbench.ranking.pairwise import Pairwise, most_comparisons
from workbench.ranking.pointwise import Pointwise
from workbench.ranking.protocol import Context, Question
from workbench.ranking.setwise import Setwise, most_sets
from workbench.recommender import build
from workbench.records import Candidate, Case, CatalogFacts, Item, Prompt, PromptInputs
from workbench.retrieval import Embeddings
from workbench.variant import Choice, TemplateSource, Variant

FACTS = CatalogFacts("movies", "Movies", "video", "en", "film", 30)
USER = "the viewer will love a film about the Matrix and the Aliens of Amélie; "
WORDS = ("Alien", "Up", "film", "Matrix", "viewer")


def question(n, *, k=5, one_at_a_time=False):
    items = tuple(Item(f"i{i}", f"{'bcdfg'[i % 5]}{WORDS[i // 5 % 5]}", "") for i in range(n))
    return Question(
        PromptInputs(FACTS, description=USER, history=items[:2], candidates=items, k=k),
        tuple(Candidate(item.id, 0.0, at, "given") for at, item in enumerate(items, start=1)),
        lambda inputs: Prompt(text_of(inputs, one_at_a_time)),
        lambda item: item.title,
        {item.id: item.title for item in items},
        labels=("Yes", "No"),
        memo={},
        others=lambda wanted: tuple(Context("", items[i : i + 1], "interactions") for i in range(wanted)),
    )


def text_of(inputs, one_at_a_time):
    """What is said of the user, the candidates in question, and the end: u, t for each, and a tokens."""
    shown = [inputs.candidate] if one_at_a_time else inputs.candidates
    history = "".join(f"{item.title}, " for item in inputs.history)
    return f"{inputs.description}{history}\n" + "".join(map(line, range(len(shown)), shown)) + "Answer:"


def line(at, item):
    return f"{chr(65 + at)}. {item.title}\n" if item else ""


class Counted:
    """A small model that counts its prompts; what it read is in the usage."""

    def __init__(self):
        self.engine = small_engine(cache=PrefixCache(1 << 28))
        self.tokenizer, self.identity = self.engine.tokenizer, self.engine.identity
        self.prompts = 0

    def loglikelihoods(self, requests, **more):
        self.prompts += len(requests)
        return self.engine.loglikelihoods(requests, **more)

    def loglikelihood(self, prompt, continuations, **more):
        return self.loglikelihoods([(prompt, continuations)], **more)[0]

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def tokens(self, text):
        return len(self.tokenizer.encode(text))


def windows(n, w):
    return 1 if n <= w else 1 + math.ceil((n - w) / (w // 2))


# Method, how many candidates a prompt shows, how many prompts there are at most, and whether always as many.
ASKING = {
    "letters": (Letters(calibrated=False), lambda n: n, lambda n, k: 1, True),
    "letters, calibrated": (Letters(), lambda n: n, lambda n, k: 2, True),
    "letters in windows": (Letters(calibrated=False, window=6), lambda n: 6, lambda n, k: windows(n, 6), True),
    "sort": (Pairwise(), lambda n: 2, lambda n, k: 2 * most_comparisons(n), False),
    "sort, calibrated": (Pairwise(calibrated=True), lambda n: 2, lambda n, k: 4 * most_comparisons(n), False),
    "all": (Pairwise(comparisons="all"), lambda n: 2, lambda n, k: n * (n - 1), True),
    "sets of 3": (Setwise(size=3, calibrated=False), lambda n: 3, lambda n, k: most_sets(n, k, 3), False),
    "sets, calibrated": (Setwise(size=5), lambda n: 5, lambda n, k: 2 * most_sets(n, k, 5), False),
    "yes or no": (Pointwise(), lambda n: 1, lambda n, k: n, True),
    "yes or no, calibrated": (Pointwise(calibrated=True), lambda n: 1, lambda n, k: 2 * n, True),
}


@pytest.mark.parametrize("name", ASKING)
@pytest.mark.parametrize("n", [7, 20])
def test_prompts_and_tokens_are_as_the_formulas_say(name, n):
    method, shown, prompts, always = ASKING[name]
    engine, asked = Counted(), question(n, one_at_a_time=isinstance(method, Pointwise))
    found = method.rank(asked, engine, cancel=never)
    most = prompts(n, asked.inputs.k)
    assert engine.prompts == most if always else most / 3 <= engine.prompts <= most
    u = engine.tokens(f"{USER}bAlien, cAlien, \n")
    t = max(engine.tokens(line(at, item)) for at, item in enumerate(asked.inputs.candidates))
    read = found.usage.prompt_tokens - found.usage.cached_tokens
    # u once for the user and a little for nobody; then the candidates shown and the end of each prompt.
    formula = u + engine.prompts * (min(n, shown(n)) * t + engine.tokens("Answer:") + 1)
    assert formula / 6 <= read <= formula + engine.tokens("\n")
    per_prompt = 2 if isinstance(method, Pointwise) else min(n, shown(n))
    label = max(engine.tokens(word) for word in (" Yes", " No", " A"))
    # Each letter or label is scored, and an anchor beside the labels of nobody.
    assert engine.prompts <= found.usage.scored_tokens <= engine.prompts * (per_prompt + 1) * label


@pytest.mark.parametrize("n", [5, 20])
def test_titles_are_scored_in_one_prompt_and_one_more_for_each_base(n):
    for method, first, again in [
        (Likelihood(normalisation="sum"), 1, 1),
        (Likelihood(), 2, 1),
        (Likelihood(normalisation="contrasted", contexts=3), 1 + 3, 1),
    ]:
        engine, asked = Counted(), question(n)
        found = method.rank(asked, engine, cancel=never)
        titles = sum(engine.tokens(f" {item.title}") for item in asked.inputs.candidates)
        anchors = (first - 1) * engine.tokens(" A")
        assert (engine.prompts, found.usage.scored_tokens) == (first, first * titles + anchors)
        engine.prompts = 0
        assert method.rank(asked, engine, cancel=never).usage.scored_tokens == again * titles
        assert engine.prompts == again


def test_prompts_known_together_go_through_the_model_together():
    engine, asked = Counted(), question(20, one_at_a_time=True)
    found = Pointwise().rank(asked, engine, cancel=never)
    read = found.usage.prompt_tokens - found.usage.cached_tokens + found.usage.scored_tokens
    assert found.usage.passes <= math.ceil(20 / GROUP) + read // engine.engine._model.limits.tokens


def test_a_written_list_takes_a_pass_for_each_token_and_a_held_one_for_each_choice():
    engine, asked = Counted(), question(20)
    free = Generation(max_tokens=30).rank(asked, engine, cancel=never).usage
    assert (free.passes, free.prompt_tokens) == (free.generated_tokens, engine.tokens(asked.render(asked.inputs).text))
    asked = question(20, k=8)
    held = Constrained().rank(asked, engine, cancel=never).usage
    longest = max(engine.tokens(f" {item.title}") for item in asked.inputs.candidates)
    assert 8 <= held.passes <= 8 * longest
    assert held.passes < held.generated_tokens, "what is no choice costs no pass"


def test_orders_cost_as_many_times_and_what_shows_no_candidates_once():
    engine, asked = Counted(), question(5)
    rank_orders(Letters(), asked, engine, 4, seed="s", cancel=never)
    assert engine.prompts == 4 * 2
    engine = Counted()
    rank_orders(Likelihood(), replace(asked, memo={}), engine, 4, seed="s", cancel=never)
    assert engine.prompts == 4 + 1


def test_a_step_before_costs_a_prompt_and_a_pass_for_each_token_written():
    catalog = shop(a="Apple", b="Banana", c="Cherry", d="Date")
    steps = "---\nsteps: [{name: taste, max_tokens: 6}]\nmethod: letters\n---\n"
    text = "{% step taste %}Sum up {{ user.description }}{% endstep %}{{ taste }}: {% for m in candidates %}\n"
    letters = '{{ "ABCD"[loop.index0] }}. {{ m.title }}\n{% endfor %}\nAnswer:'
    variant = Variant(
        template=TemplateSource(name="t", source=steps + text + letters),
        retriever=Choice(name="given"),
        method=Choice(name="letters"),
        orders=2,
    )
    engine = ScriptedEngine(texts={"Sum up": "one two three four five six seven"})
    case = Case("k", "red things", candidates=("a", "b", "c", "d"))
    found = build(variant, catalog, engine, Embeddings(Embedder, None)).recommend(case)
    # The step once, whatever the orders; its text is in every prompt for the user, and in none for nobody.
    assert [prompt.startswith("Sum up") for prompt in engine.asked] == [True, False, False, False, False]
    assert [prompt.startswith("one two three four five six:") for prompt in engine.asked] == [False, *[True, False] * 2]
    assert (found.usage.generated_tokens, found.usage.passes) == (6, 6 + 2 * 2)
    assert found.steps == {"taste": "one two three four five six"}


@pytest.mark.parametrize("method", [Pointwise(calibrated=True), Pairwise(comparisons="all"), Setwise(size=3)])
def test_a_stop_is_heard_after_the_group_that_is_at_work(method):
    engine = ScriptedEngine()
    asked = question(26, one_at_a_time=isinstance(method, Pointwise))
    with pytest.raises(Cancelled):
        method.rank(asked, engine, cancel=lambda: len(engine.asked) >= 10)
    assert len(engine.asked) == 10, "the engine looks before each prompt"


def test_a_stop_is_heard_between_groups_of_an_engine_that_looks_seldom():
    engine = Counted()
    asked = [(f"{line(0, item)}Answer:", [" Yes"]) for item in question(26).inputs.candidates] * 3
    with pytest.raises(Cancelled):
        ask_many(asked, Deaf(engine), cancel=lambda: engine.prompts >= GROUP)
    assert engine.prompts == GROUP


class Deaf:
    """An engine that does not look whether to stop."""

    def __init__(self, engine):
        self.engine = engine

    def loglikelihoods(self, requests, *, cancel):
        return self.engine.loglikelihoods(requests)
