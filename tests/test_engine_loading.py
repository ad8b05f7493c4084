"""Which folders and models are refused before their scores could be wrong."""

import copy

import pytest
import torch
from test_engine import TOKENIZER, small_engine
from transformers import GptOssConfig, GptOssForCausalLM, LlamaConfig, LlamaForCausalLM

from workbench.engine.loading import load_engine
from workbench.errors import ModelError
from workbench.paths import Paths
from workbench.variant import ModelSpec

SIZE = {
    "vocab_size": len(TOKENIZER),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "intermediate_size": 16,
}


def saved(folder, model):
    model.save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)
    return folder


def loaded(tmp_path, model):
    paths = Paths(tmp_path, tmp_path / "cache", tmp_path)
    paths.cache.mkdir(exist_ok=True)
    return load_engine(ModelSpec(id=str(saved(tmp_path / "model", model)), dtype="float32"), paths)


def test_plain_model_in_a_folder_loads_and_is_known_by_its_weights(tmp_path):
    engine = loaded(tmp_path, LlamaForCausalLM(LlamaConfig(**SIZE)))
    assert engine.loglikelihood("a b", [" c"]).scored
    assert len(engine.identity.weights_sha256) == 64


def test_weights_in_a_pickle_are_refused_and_not_read(tmp_path):
    model = small_engine()._model.model
    folder = saved(tmp_path / "model", copy.deepcopy(model))
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    for file in folder.glob("*.safetensors"):
        file.unlink()
    with pytest.raises(ModelError, match=r"could not load .*safetensors"):
        load_engine(ModelSpec(id=str(folder), dtype="float32"), Paths(tmp_path, tmp_path, tmp_path))


@pytest.mark.parametrize("rope", ["dynamic", "longrope"])
def test_positions_that_move_with_the_length_are_refused(tmp_path, rope):
    half = {"short_factor": [1.0] * 4, "long_factor": [2.0] * 4, "original_max_position_embeddings": 64}
    parameters = {"rope_type": rope, "factor": 2.0, "rope_theta": 10000.0, **(half if rope == "longrope" else {})}
    with pytest.raises(ModelError, match=f"can't be packed.*positions \\({rope}\\) change with the length"):
        loaded(tmp_path, LlamaForCausalLM(LlamaConfig(**SIZE, max_position_embeddings=128, rope_parameters=parameters)))


def test_attention_with_sinks_is_refused(tmp_path):
    config = GptOssConfig(**SIZE, num_local_experts=2, num_experts_per_tok=1, layer_types=["full_attention"] * 2)
    config.rope_parameters = {"rope_type": "default", "rope_theta": 10000.0}
    with pytest.raises(ModelError, match="can't be packed: its attention has sinks"):
        loaded(tmp_path, GptOssForCausalLM(config))
