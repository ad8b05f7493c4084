"""A small model on a server, and the same model in this process."""

import pytest
import torch
from openai_server import MODEL, Faults, OpenAIServer, serving
from test_engine import TOKENIZER, small_engine

from workbench.engine.remote_client import Patience
from workbench.engine.remote_loading import connect, load_remote
from workbench.paths import Paths
from workbench.variant import ModelSpec

AT_ONCE = Patience(seconds=20, tries=4, first_wait=0.0)
PROMPT = "the viewer will love: the"


def peaked(engine):
    """A random model is nearly indifferent between tokens; a trained one is not."""
    torch.manual_seed(1)
    model = engine._model.model
    with torch.no_grad():
        model.lm_head.weight.copy_(torch.randn_like(model.lm_head.weight))
    return engine


LOCAL = peaked(small_engine())
MODEL_SERVED = peaked(small_engine())._model.model
MODEL_SERVED.set_attn_implementation("eager")
SERVER = OpenAIServer(MODEL_SERVED, TOKENIZER)


def engine_at(base, tmp_path, *, model=MODEL, tokenizer="", key="", patience=AT_ONCE):
    query = f"?tokenizer={tokenizer}" if tokenizer else ""
    spec = ModelSpec(id=f"{base}{query}#{model}")
    return load_remote(spec, connect(spec, key, patience), Paths(tmp_path, tmp_path, tmp_path))


@pytest.fixture(scope="module")
def base():
    with serving(SERVER) as address:
        yield address


@pytest.fixture
def faults(base):
    SERVER.faults = Faults()
    return SERVER.faults


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tokenizer's folder, without weights."""
    path = tmp_path_factory.mktemp("tokenizer")
    TOKENIZER.save_pretrained(path)
    MODEL_SERVED.config.save_pretrained(path)
    return path
