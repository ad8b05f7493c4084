"""Mean hidden states: packed like alone, and like transformers' own."""

import numpy
import pytest
import torch
from test_engine import ENGINES, plain_attention

from workbench.engine.protocol import never
from workbench.engine.states import DEPTHS, PASS_TOKENS, groups
from workbench.errors import Cancelled

TEXTS = ["Alien", "a film about space", "2001: A Space Odyssey", "喜欢绿色食品", "", "up " * 40]


@pytest.mark.parametrize("family", ENGINES)
def test_packed_texts_have_the_states_that_each_has_alone(family):
    engine = ENGINES[family]
    together = engine.states(TEXTS)
    alone = numpy.concatenate([engine.states([text]) for text in TEXTS])
    assert together.shape[0] == len(TEXTS)
    assert numpy.allclose(together, alone, atol=1e-4)


@pytest.mark.parametrize("family", ENGINES)
def test_states_are_the_means_of_transformers_own(family):
    engine = ENGINES[family]
    ids = engine.tokenizer.encode(TEXTS[1])
    with plain_attention(engine) as model, torch.inference_mode():
        layers = model.base_model(torch.tensor([ids]), output_hidden_states=True).hidden_states
    expected = torch.cat([layers[round(depth * (len(layers) - 1))][0].mean(0) for depth in DEPTHS])
    assert numpy.allclose(engine.states([TEXTS[1]])[0], expected.numpy(), atol=1e-4)


def test_passes_are_filled_in_order_up_to_their_size():
    assert groups([PASS_TOKENS - 1, 1, 1, 2 * PASS_TOKENS, 3]) == [[0, 1], [2], [3], [4]]
    assert groups([]) == []


def test_reading_states_can_be_stopped():
    assert not never()
    with pytest.raises(Cancelled):
        ENGINES["llama"].states(TEXTS, cancel=lambda: True)
