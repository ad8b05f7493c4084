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


FLASH = bool(torch.cpu._is_amx_tile_supported()) and torch.backends.cpu.get_cpu_capability() == "AVX512"
"""Whether bfloat16 goes to PyTorch's own kernel: on a processor that multiplies tiles it takes little more than half as
long as blocks of plain products, and elsewhere twice as long."""
FLASH_BLOCK = 256


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


@dataclass(frozen=True, slots=True)
class _Tile:
    """Queries [low, high) for the kernel. Without a mask each sees all keys, or, `causal`, those up to itself."""

    low: int
    high: int
    keys: slice | torch.Tensor
    mask: torch.Tensor | None
    causal: bool = False


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
        self._tiles: dict[int | None, list[_Tile]] = {}

    def attend(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int | None, softcap: float | None
    ) -> torch.Tensor:
        """Heads that share a key/value head are stacked into one product instead of repeating the keys. Softmax is
        computed in float32 inside, whatever the type of the scores."""
        if FLASH and query.dtype is torch.bfloat16 and query.device.type == "cpu" and softcap is None:
            return self._flash(query, key, value, window)
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

    def _flash(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int | None) -> torch.Tensor:
        _, heads, n, _ = query.shape
        out = torch.empty(n, heads, value.shape[-1], dtype=query.dtype)
        for tile in self.tiles(window):
            mixed = torch.nn.functional.scaled_dot_product_attention(
                query[:, :, tile.low : tile.high],
                _taken(key[0], tile.keys)[None],
                _taken(value[0], tile.keys)[None],
                attn_mask=tile.mask,
                is_causal=tile.causal,
                scale=1.0,
                enable_gqa=True,
            )
            out[tile.low : tile.high] = mixed[0].transpose(0, 1)
        return out[None]

    def tiles(self, window: int | None) -> list[_Tile]:
        """What all later tokens stand behind, read from its first token on, needs no mask: a kernel that knows so skips
        half of the work."""
        window = self._narrow(window)
        if window not in self._tiles:
            line = self._line() if window is None else 0
            first = [_Tile(0, line, slice(0, line), None, causal=True)] if line else []
            blocks = (self._block(low, FLASH_BLOCK, window) for low in range(line, len(self._queries), FLASH_BLOCK))
            self._tiles[window] = [*first, *map(_tile, blocks)]
        return self._tiles[window]

    def _line(self) -> int:
        """How many queries, from the first on, are the first keys and stand on every line."""
        n = len(self._queries)
        on_all = (self._queries == torch.arange(n)) & (self._keys[:n] == self._queries)
        return int((on_all & (self._ends[:n] == self._ends.max())).long().cumprod(0).sum())

    def blocks(self, window: int | None) -> list[_Block]:
        window = self._narrow(window)
        if window not in self._blocks:
            starts = range(0, len(self._queries), QUERY_BLOCK)
            self._blocks[window] = [self._block(low, QUERY_BLOCK, window) for low in starts]
        return self._blocks[window]

    def _narrow(self, window: int | None) -> int | None:
        """None where no query comes to its edge."""
        return None if window is None or int(self._query_positions.max()) < window else window

    def _block(self, low: int, most: int, window: int | None) -> _Block:
        queries = self._queries[low : low + most]
        seen = (self._keys <= queries[-1]) & (self._ends > queries[0])
        # A query at position p sees keys at positions > p - window, as transformers counts it.
        edge = self._query_positions[low : low + most, None] - (window or 0)
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


def _tile(block: _Block) -> _Tile:
    """The block with a mask over all of its keys, or none where each query sees them all."""
    mask = torch.cat([block.mask.new_zeros(len(block.mask), block.open), block.mask], 1).to(torch.bfloat16)
    return _Tile(block.low, block.high, block.keys, mask if mask.any() else None)


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
