"""Caches handed to a model for one call: pairs that are only read, and buffers that grow while text is written."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache

from workbench.engine.prefix_cache import Layers

Pair = tuple[torch.Tensor, torch.Tensor]
Piece = tuple[Layers, slice]
"""Some of the tokens that pairs are known of."""


class PassCache(DynamicCache):
    """Pieces of what was read before, and what one pass adds to them. Sliding layers keep all keys: the mask cuts."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        super().__init__()
        self._pieces = pieces
        self._fresh: dict[int, Pair] = {}

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *_: Any, **__: Any) -> Pair:
        self._fresh[layer_idx] = (key_states, value_states)
        if not self._pieces:
            return key_states, value_states
        keys = [layers[layer_idx][0][:, :, part] for layers, part in self._pieces]
        values = [layers[layer_idx][1][:, :, part] for layers, part in self._pieces]
        return torch.cat([*keys, key_states], dim=-2), torch.cat([*values, value_states], dim=-2)

    def get_seq_length(self, layer_idx: int = 0) -> int:
        return sum(part.stop - part.start for _, part in self._pieces)

    def fresh(self) -> Layers:
        return tuple(self._fresh[i] for i in range(len(self._fresh)))


class GrowingCache(DynamicCache):
    """A copy of known pairs with room for `room` more tokens, written in place."""

    def __init__(self, pieces: Sequence[Layers], room: int) -> None:
        super().__init__()
        self.length = sum(tokens_of(layers) for layers in pieces)
        self._pieces = pieces
        self._room = room
        self._layers: dict[int, Pair] = {}

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *_: Any, **__: Any) -> Pair:
        if layer_idx not in self._layers:
            self._layers[layer_idx] = (self._start(key_states, layer_idx, 0), self._start(value_states, layer_idx, 1))
        end = self.length + key_states.shape[-2]
        keys, values = self._layers[layer_idx]
        keys[:, :, self.length : end] = key_states
        values[:, :, self.length : end] = value_states
        return keys[:, :, :end], values[:, :, :end]

    def _start(self, like: torch.Tensor, layer: int, which: int) -> torch.Tensor:
        batch, heads, _, width = like.shape
        buffer = like.new_empty(batch, heads, self.length + self._room, width)
        at = 0
        for layers in self._pieces:
            buffer[:, :, at : at + tokens_of(layers)] = layers[layer][which]
            at += tokens_of(layers)
        return buffer

    def get_seq_length(self, layer_idx: int = 0) -> int:
        return self.length

    def pairs(self, start: int, end: int) -> Layers:
        """Copies of the pairs of tokens [start, end)."""
        layers = (self._layers[i] for i in range(len(self._layers)))
        return tuple((keys[:, :, start:end].clone(), values[:, :, start:end].clone()) for keys, values in layers)


class RowsCache(DynamicCache):
    """Rows of pairs in buffers of one width, each filled up to its own length."""

    def __init__(self, layers: Sequence[Pair], lengths: torch.Tensor) -> None:
        super().__init__()
        self.rows, self.lengths = list(layers), lengths

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *_: Any, **__: Any) -> Pair:
        keys, values = self.rows[layer_idx]
        row, end = torch.arange(len(self.lengths), device=keys.device), int(self.lengths.max()) + 1
        keys[row, :, self.lengths] = key_states[:, :, 0]
        values[row, :, self.lengths] = value_states[:, :, 0]
        return keys[:, :, :end], values[:, :, :end]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        return int(self.lengths.max())


def tokens_of(layers: Layers) -> int:
    return layers[0][0].shape[-2]
