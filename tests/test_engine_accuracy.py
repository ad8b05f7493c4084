"""Which number type a model is computed in, and what is told of its cost."""

import json

import pytest
import torch
from pages import ScriptedWorkshop
from test_engine import small_engine

from workbench.cli import wiring
from workbench.cli.main import main
from workbench.engine import number_types
from workbench.engine.accuracy import Accuracy, compared, is_exact, kept, measured
from workbench.engine.number_types import number_type
from workbench.engine.scripted import ScriptedEngine
from workbench.errors import ModelError
from workbench.paths import Paths
from workbench.records import ModelIdentity
from workbench.store.store import Store
from workbench.variant import ModelSpec
from workbench.workshop import Workshop


def half_engine():
    """The small engine with its weights in bfloat16."""
    engine = small_engine()
    engine._model.model.to(torch.bfloat16)
    engine.identity = ModelIdentity("llama", "random", "0", "bfloat16", "cpu", 2048, 0)
    return engine


def test_differences_are_of_tokens_and_order_is_of_titles():
    exact = [[-1.0, -1.0], [-3.0], [-2.0, -2.0]]
    given = [[-1.0, -1.5], [-2.25], [-2.0, -2.0]]
    found = compared(given, exact)
    assert found == Accuracy(mean=0.25, largest=0.75, tokens=5, same_order=2, pairs=3)
    assert "0.2500 nats from float32's in the mean and 0.7500 at most (5 tokens); 2 of 3 pairs" in str(found)


def test_bfloat16_is_measured_once_and_kept_under_the_weights_and_the_type():
    memo, half = {}, half_engine()
    assert kept(half.identity, memo) is None
    found = measured(half, small_engine(), memo)
    assert 0 < found.mean <= found.largest < 1
    assert kept(half.identity, memo) == found
    assert not is_exact(half.identity)
    assert is_exact(small_engine().identity)
    other = ModelIdentity("llama", "random", "1", "bfloat16", "cpu", 2048, 0)
    assert kept(other, memo) is None


@pytest.mark.parametrize(("native", "name"), [(True, "bfloat16"), (False, "float32")])
def test_the_choice_tells_its_reason(monkeypatch, native, name):
    monkeypatch.setattr(number_types, "has_bfloat16", lambda device: native)
    found = number_type(ModelSpec(device="cpu"))
    assert (found.name, found.device, "bfloat16" in found.why) == (name, "cpu", True)
    assert number_type(ModelSpec(device="cpu", dtype="float16")).why == "it was chosen"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_here_is_refused():
    with pytest.raises(ModelError, match=r"device 'cuda' is not on this computer.*at hand: .*cpu"):
        number_type(ModelSpec(device="cuda"))


def test_a_servers_number_type_is_its_own(tmp_path):
    with pytest.raises(ModelError, match="the server's own"):
        Workshop(Paths(tmp_path, tmp_path, tmp_path)).accuracy(ModelSpec(id="http://127.0.0.1:1/v1#m"))


class Half(ScriptedWorkshop):
    """A scripted model in bfloat16 whose cost is known."""

    scripted = ScriptedEngine()
    scripted.identity = ModelIdentity("scripted", "1", "0" * 64, "bfloat16", "cpu", 2048, 10**8)

    def accuracy(self, spec):
        return Accuracy(0.25, 0.75, 5, 2, 3)


def test_the_command_line_tells_the_type_and_its_cost(tmp_path, monkeypatch, capsys):
    workshop = Half(Paths(tmp_path, tmp_path, tmp_path), Store(f"sqlite:///{tmp_path / 'test.sqlite'}"))
    monkeypatch.setattr(wiring, "open_workshop", lambda: workshop)
    asked = ["models", "check", "--dtype", "bfloat16", "--device", "cpu"]
    with pytest.raises(SystemExit, match="0"):
        main(asked)
    out = " ".join(capsys.readouterr().out.split())
    assert "bfloat16 on cpu" in out
    assert "it was chosen" in out
    assert "0.2500 nats a token" in out
    with pytest.raises(SystemExit, match="0"):
        main([*asked, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["number_type"]["name"], told["accuracy"]["same_order"]) == ("bfloat16", 2)


@pytest.mark.model
def test_the_embedded_model_in_bfloat16_ranks_nearly_as_in_float32(models, tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'test.sqlite'}")
    workshop = Workshop(models, store)
    spec = ModelSpec(dtype="bfloat16", device="cpu")
    if not number_types.has_bfloat16("cpu"):
        pytest.skip("no native bfloat16 here: emulated, it is a hundred times slower")
    found = workshop.accuracy(spec)
    assert found.mean < 0.15
    assert found.same_order / found.pairs > 0.9
    again = Workshop(models, store)
    assert kept(again.engine(spec).identity, store.memo) == found == again.accuracy(spec)
