"""Single logits of a model in bfloat16: finer than bfloat16 itself, and for every family those of its own head."""

import pytest
import torch
from test_engine import FAMILIES, TOKENIZER, small_engine

from workbench.engine.causal_lm import FrozenLM
from workbench.engine.prefix_cache import NoCache

LETTERS = [f" {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
PROMPT = "the viewer will love: a film.\nAnswer:"


def in_bfloat16(family):
    engine = small_engine(family, NoCache())
    model = engine._model.model.to(torch.bfloat16)
    with torch.no_grad():
        # Large logits, where bfloat16 has steps of an eighth.
        model.get_output_embeddings().weight.copy_(40 * torch.randn(model.get_output_embeddings().weight.shape))
    return FrozenLM(model, engine.tokenizer, engine.identity, NoCache())


def from_its_hidden_states(engine):
    """The logits of the last row before each letter, in float32, from the hidden states that the model gives."""
    head = engine._model.model.get_output_embeddings()
    heard = []
    handle = head.register_forward_hook(lambda layer, given, out: heard.append(given[0]))
    engine.loglikelihood(PROMPT, [" X"])
    handle.remove()
    return heard[0][0, -1].float() @ head.weight.float().T


@pytest.mark.parametrize("family", [name for name in FAMILIES if "soft caps" not in name])
def test_letters_differ_as_their_hidden_states_say(family):
    engine = in_bfloat16(family)
    found = [sum(s.logprobs[-1:]) for s in engine.loglikelihood(PROMPT, [" X", " Y"]).scored]
    a, b = (TOKENIZER(letter)["input_ids"][-1] for letter in (" X", " Y"))
    logits = from_its_hidden_states(engine)
    assert [len(TOKENIZER(letter)["input_ids"]) for letter in (" X", " Y")] == [2, 2]
    assert abs(logits[a]) > 1
    # After " " both are asked in one row.
    assert found[0] - found[1] == pytest.approx(float(logits[a] - logits[b]), abs=1e-3)


def test_letters_do_not_tie():
    engine = in_bfloat16("llama")
    totals = [s.total for s in engine.loglikelihood(PROMPT, LETTERS).scored]
    assert len(set(totals)) == len(totals)


def test_logits_that_a_model_caps_afterwards_stay_as_the_model_gives_them():
    family = next(name for name in FAMILIES if "soft caps" in name)
    engine = in_bfloat16(family)
    scores = engine.loglikelihood(PROMPT, LETTERS)
    assert all(total <= 0 for s in scores.scored for total in s.logprobs)
    capped = engine._model.model.config.final_logit_softcapping
    assert capped
    assert min(total for s in scores.scored for total in s.logprobs) >= -2 * capped - 10


def test_nothing_stays_listening():
    engine = in_bfloat16("gpt2")
    engine.loglikelihood(PROMPT, LETTERS)
    assert not engine._model.model.get_output_embeddings()._forward_hooks
