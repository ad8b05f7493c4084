"""PyTorch's kernel, where it is used, sees what the blocks of plain products see. It runs on any processor."""

import pytest
import torch

from workbench.engine import attention
from workbench.engine.attention import FLASH_BLOCK, PackedPass, after

CPU = torch.device("cpu")


def tree(seen, line, branches, length):
    """A pass over a line of tokens with branches of some tokens behind it, the first `seen` read before."""
    n = line + branches * length
    ends = torch.full((n,), n)
    positions = torch.arange(n)
    for branch in range(branches):
        low = line + branch * length
        ends[low : low + length] = low + length
        positions[low : low + length] = torch.arange(line, line + length)
    keys = torch.arange(n)
    return PackedPass(keys[seen:], keys, ends, query_positions=positions[seen:], key_positions=positions, device=CPU)


PASSES = {
    "a line": after(0, 70, CPU),
    "a line of some blocks": after(0, 3 * FLASH_BLOCK, CPU),
    "one token": after(40, 1, CPU),
    "a line after another": after(30, 300, CPU),
    "branches": tree(0, 50, 9, 7),
    "branches, the line read before": tree(50, 50, 60, 7),
    "branches, half of the line read before": tree(20, 50, 9, 7),
    "branches alone": tree(0, 0, 5, 8),
}


@pytest.mark.parametrize("window", [None, 16])
@pytest.mark.parametrize("name", PASSES)
def test_the_kernel_and_the_blocks_agree(name, window, monkeypatch):
    made = PASSES[name]
    n, keys = len(made._queries), len(made._keys)
    torch.manual_seed(0)
    query, key, value = (torch.randn(1, h, m, 16).bfloat16() for h, m in ((6, n), (2, keys), (2, keys)))
    query /= 4
    exact = made.attend(query.float(), key.float(), value.float(), window, None)
    monkeypatch.setattr(attention, "FLASH", False)
    blocks = made.attend(query, key, value, window, None).float()
    monkeypatch.setattr(attention, "FLASH", True)
    monkeypatch.setattr(PackedPass, "blocks", None)  # not by them
    kernel = made.attend(query, key, value, window, None).float()
    assert (kernel - exact).abs().max() < 0.03
    assert (kernel - exact).abs().mean() <= (blocks - exact).abs().mean()


def test_only_what_all_stand_behind_goes_without_a_mask():
    assert [(t.low, t.high, t.causal) for t in PASSES["branches"].tiles(None)] == [(0, 50, True), (50, 113, False)]
    assert not any(t.causal for t in PASSES["branches, half of the line read before"].tiles(None))
    assert not any(t.causal for t in PASSES["branches"].tiles(16))
    assert [(t.low, t.high, t.mask is None) for t in PASSES["one token"].tiles(None)] == [(0, 1, True)]


@pytest.mark.parametrize("softcap", [None, 5.0])
def test_float32_and_soft_caps_keep_to_the_blocks(softcap, monkeypatch):
    monkeypatch.setattr(attention, "FLASH", True)
    monkeypatch.setattr(PackedPass, "tiles", None)
    dtype = torch.float32 if softcap is None else torch.bfloat16
    pairs = torch.randn(1, 2, 70, 16).to(dtype)
    assert after(0, 70, CPU).attend(pairs, pairs, pairs, None, softcap).shape == (1, 70, 2, 16)
