"""Attention over packed prefix trees, registered with transformers as an attention function."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from transformers import AttentionInterface

NAME = "workbench_packed"
QUERY_BLOCK = 128
"""Queries per matrix product: bounds the memory of the scores (heads x block x keys), and what is computed in vain."""

MASK_WIDTH = 32
"""Masks are as wide as so many bfloat16 numbers of a vector register, or some: others take three times as long."""


class Attention(Protocol):
    """Who sees whom in one pass, and exact softmax attention among them.

    query [batch, heads, n, d]; key and value [batch, kv_heads, keys, d]; gives [batch, n, heads, d].
    """

    def attend(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int | None, softcap: float | None
    ) -> torch.Tensor: ...


@dataclass(frozen=True, slots=True)
class _Block:
    """Queries [low, high) and the keys that any of them sees, of which all see the first `open` ones; `mask` is added
    to the scores of the others."""

    low: int
    high: int
    keys: slice | torch.Tensor
    open: int
    mask: torch.Tensor


class PackedPass:
    """One row of tokens in depth-first order (see `packing.Forest`): key k is seen by query q when it stands before it
    on one line, k <= q < ends[k]. Queries are nodes in ascending order; keys hold them and those read before.

    Positions place every key and query on its line, for sliding windows. All are given on the CPU.
    """

    def __init__(
        self,
        queries: torch.Tensor,
        keys: torch.Tensor,
        ends: torch.Tensor,
        *,
        query_positions: torch.Tensor,
        key_positions: torch.Tensor,
        device: torch.device,
    ) -> None:
        self._queries, self._keys, self._ends = queries, keys, ends
        self._query_positions, self._key_positions = query_positions, key_positions
        self._device = device
        self._blocks: dict[int | None, list[_Block]] = {}

    def attend(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int | None, softcap: float | None
    ) -> torch.Tensor:
        """Heads that share a key/value head are stacked into one product instead of repeating the keys. Softmax is
        computed in float32 inside, whatever the type of the scores."""
        _, heads, n, d = query.shape
        kv_heads = key.shape[1]
        # Keys of one head side by side: each block reads them anew.
        key, value = key.contiguous(), value.contiguous()
        grouped = query[0].view(kv_heads, heads // kv_heads, n, d)
        out = torch.empty(n, heads, value.shape[-1], dtype=query.dtype, device=query.device)
        for block in self.blocks(window):
            keys, values = _taken(key[0], block.keys), _taken(value[0], block.keys)
            asked = grouped[:, :, block.low : block.high].reshape(kv_heads, -1, d)
            scores = capped(torch.bmm(asked, keys.transpose(1, 2)), softcap)
            size = block.high - block.low
            scores.view(heads, size, -1)[..., block.open :] += block.mask.to(scores.dtype)
            weights = torch.softmax(scores, dim=-1).to(query.dtype)
            mixed = torch.bmm(weights, values).view(heads, size, -1)
            out[block.low : block.high] = mixed.transpose(0, 1)
        return out[None]

    def blocks(self, window: int | None) -> list[_Block]:
        if window is not None and int(self._query_positions.max()) < window:
            window = None
        if window not in self._blocks:
            starts = range(0, len(self._queries), QUERY_BLOCK)
            self._blocks[window] = [self._block(low, window) for low in starts]
        return self._blocks[window]

    def _block(self, low: int, window: int | None) -> _Block:
        queries = self._queries[low : low + QUERY_BLOCK]
        seen = (self._keys <= queries[-1]) & (self._ends > queries[0])
        # A query at position p sees keys at positions > p - window, as transformers counts it.
        edge = self._query_positions[low : low + QUERY_BLOCK, None] - (window or 0)
        if window is not None:
            seen &= self._key_positions > edge.min()
        index = seen.nonzero()[:, 0]
        visible = (self._keys[index] <= queries[:, None]) & (queries[:, None] < self._ends[index])
        if window is not None:
            visible &= self._key_positions[index] > edge
        first = int(visible.all(0).long().cumprod(0).sum())
        first = max(0, len(index) + (first - len(index)) // MASK_WIDTH * MASK_WIDTH)
        mask = torch.zeros(len(queries), len(index) - first).masked_fill_(~visible[:, first:], float("-inf"))
        whole = int(index[-1] - index[0]) + 1 == len(index)
        keys = slice(int(index[0]), int(index[-1]) + 1) if whole else index.to(self._device)
        return _Block(low, low + len(queries), keys, first, mask.to(self._device))


def after(seen: int, n: int, device: torch.device) -> PackedPass:
    """n tokens on one line after `seen` others."""
    line = torch.arange(seen + n)
    ends = torch.full((seen + n,), seen + n)
    return PackedPass(line[seen:], line, ends, query_positions=line[seen:], key_positions=line, device=device)


def _taken(pairs: torch.Tensor, keys: slice | torch.Tensor) -> torch.Tensor:
    return pairs[:, keys] if isinstance(keys, slice) else pairs.index_select(1, keys)


def capped(scores: torch.Tensor, softcap: float | None) -> torch.Tensor:
    """The scores as they are; those of a model with soft caps in float32, since capping takes three steps."""
    return scores if softcap is None else scores.float().div_(softcap).tanh_().mul_(softcap)


_CURRENT: ContextVar[Attention] = ContextVar("pass")


@contextmanager
def during(current: Attention) -> Iterator[None]:
    """Make `current` the pass that the attention of any model in this thread works on."""
    token = _CURRENT.set(current)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def packed_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """The mask that transformers would build is ignored: the current pass knows better."""
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    return _CURRENT.get().attend(query * scale, key, value, sliding_window, softcap), None


AttentionInterface.register(NAME, packed_attention)
