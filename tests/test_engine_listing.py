"""Lists that can hold only given lines, against the slow way: the whole text read anew for every token, the whole
vocabulary masked by looking at every line."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_engine import ENGINES, FAMILIES, plain_attention, small_engine

from workbench.engine.prefix_cache import NoCache
from workbench.engine.protocol import Sampling
from workbench.engine.scripted import ScriptedEngine, by_table
from workbench.errors import Cancelled, ModelError, PromptTooLong

LINES = [" Halo", " Halo 2", " Halo 2 Deluxe", " 喜欢绿色食品", " Amélie", " 🎬 Film", " Up", " Alien", " Aliens"]


def numbered(place):
    return f"\n{place + 1}."


def slow_list(engine, prompt, lines, n, between):
    """Greedy: at each token every line that is left is tokenised with all before it, and the vocabulary masked."""
    text, left, order, chances = prompt, list(range(len(lines))), [], []
    for place in range(1, min(n, len(lines)) + 1):
        ends = {i: engine.tokenizer.encode(f"{text}{lines[i]}{between(place)}") for i in left}
        written, chance = [], 1.0
        while not any(ends[i] == written for i in left):
            allowed = sorted({ids[len(written)] for ids in ends.values() if ids[: len(written)] == written})
            if len(allowed) == 1:
                written = [*written, allowed[0]]
                continue
            with torch.inference_mode():
                logits = engine._model.model(torch.tensor([written])).logits[0, -1].float()
            masked = torch.full_like(logits, -math.inf)
            masked[allowed] = logits[allowed]
            token = int(masked.argmax())
            chance *= float(torch.softmax(masked, dim=-1)[token])
            written = [*written, token]
        order.append(next(i for i in left if ends[i] == written))
        left.remove(order[-1])
        chances.append(chance)
        text += f"{lines[order[-1]]}{between(place)}"
    return order, chances


def plainly(engine, prompt, lines, n, between):
    with plain_attention(engine):
        return slow_list(engine, prompt, lines, n, between)


def check(engine, prompt, lines, n, between=numbered):
    found = engine.write_list(prompt, lines, Sampling(), n=n, between=between)
    order, chances = plainly(engine, prompt, lines, n, between)
    assert list(found.order) == order
    assert found.chances == pytest.approx(chances, abs=1e-4)
    assert found.text == "".join(f"{lines[i]}{between(p)}" for p, i in enumerate(order, start=1))
    return found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("words", [3, 130])
def test_list_is_what_masking_the_vocabulary_gives(family, words):
    prompt = "the viewer will love: " * (words // 4) + "the films\n1."
    found = check(ENGINES[family], prompt, LINES, len(LINES))
    assert sorted(found.order) == list(range(len(LINES)))
    assert found.chances[-1] == 1.0, "the last one left is no choice"


@settings(max_examples=25, deadline=None)
@given(
    # A word first: a prompt that its lines swallow whole is refused, which has a test of its own.
    prompt=st.text(alphabet="ab 喜é\n", max_size=20).map("a".__add__),
    lines=st.lists(st.text(alphabet="Ha lo2é喜🎬", min_size=1, max_size=8), min_size=1, max_size=7, unique=True),
    family=st.sampled_from(sorted(FAMILIES)),
    data=st.data(),
)
def test_any_lines_come_out_each_at_most_once(prompt, lines, family, data):
    n = data.draw(st.integers(1, len(lines)))
    found = check(ENGINES[family], prompt, lines, n, lambda place: "\n")
    assert len(set(found.order)) == n


def test_a_prompt_that_goes_into_the_lines_is_refused():
    with pytest.raises(ModelError, match="prompt is empty"):
        ENGINES["gpt2"].write_list(" ", ["2", "a"], Sampling(), n=1, between=lambda place: "\n")


def test_equal_lines_are_each_written_in_the_given_order():
    found = ENGINES["llama"].write_list("x\n", ["Up", "Alien", "Up"], Sampling(), n=3, between=lambda p: "\n")
    assert sorted(found.order) == [0, 1, 2]
    assert found.order.index(0) < found.order.index(2)


def test_cached_or_not_the_list_is_the_same_and_a_seed_repeats_itself():
    prompt = "the viewer will love " * 100 + "\n1."
    cold, warm = small_engine("qwen2", NoCache()), ENGINES["qwen2"]
    hot = Sampling(temperature=1.5, seed=3)

    def ask(engine, sampling):
        found = engine.write_list(prompt, LINES, sampling, n=5, between=numbered)
        # A matrix product of another shape may round otherwise in the last place.
        return found.order, tuple(round(chance, 5) for chance in found.chances)

    assert ask(cold, Sampling()) == ask(warm, Sampling()) == ask(warm, Sampling())
    assert ask(warm, hot) == ask(warm, hot)
    assert len({ask(warm, Sampling(temperature=1.5, seed=seed))[0] for seed in range(6)}) > 1


def test_the_list_is_heard_line_by_line():
    heard = []
    found = ENGINES["llama"].write_list("the films\n1.", LINES, Sampling(), n=3, between=numbered, on_text=heard.append)
    assert len(heard) == 3
    assert heard[0] == f"{LINES[found.order[0]]}\n2."
    assert heard[-1] == found.text


def test_forced_tokens_cost_no_pass():
    lines = [" Halo and a very long title that goes on and on", " Zulu"]
    found = ENGINES["llama"].write_list("the films\n1.", lines, Sampling(), n=2, between=numbered)
    # One pass decides the first line; the second is the only one left.
    assert found.usage.passes == 1
    assert found.usage.generated_tokens > 10


def test_a_list_longer_than_the_window_and_a_stopped_one():
    with pytest.raises(PromptTooLong):
        ENGINES["llama"].write_list("a " * 2040, LINES, Sampling(), n=9, between=numbered)
    with pytest.raises(Cancelled):
        ENGINES["llama"].write_list("a", LINES, Sampling(), n=9, between=numbered, cancel=lambda: True)


def test_the_engine_that_answers_as_told_takes_the_likeliest_left():
    engine = ScriptedEngine(by_table({"a": -1.0, "b": -0.5}))
    found = engine.write_list("p", ["a", "b", "c"], Sampling(), n=2, between=lambda p: "\n")
    assert (found.order, found.text) == ((1, 0), "b\na\n")
    # e^-0.5 and e^-1 among e^-0.5 + e^-1 + e^-20.
    assert found.chances == pytest.approx((0.62246, 1.0), abs=1e-4)
