"""Several texts written abreast: one pass gives the next token of each, whatever their lengths."""

from collections.abc import Sequence

import torch

from workbench.engine import attention
from workbench.engine.key_values import RowsCache
from workbench.engine.passes import FrozenModel
from workbench.engine.prefix_cache import Layers
from workbench.engine.protocol import Cancel
from workbench.errors import Cancelled

BYTES = 1 << 30
"""Most memory for the key/value pairs of the texts that are written abreast; one is always written."""


class RowsPass:
    """Each row is a text of its own: its one query sees the row's first `lengths` keys and itself, the one after."""

    def __init__(self, lengths: torch.Tensor) -> None:
        self._lengths = lengths

    def attend(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int | None, softcap: float | None
    ) -> torch.Tensor:
        batch, heads, _, d = query.shape
        kv_heads, keys = key.shape[1], key.shape[2]
        asked = query.reshape(batch, kv_heads, heads // kv_heads, d)
        scores = attention.capped(asked @ key.transpose(2, 3), softcap)
        place, last = torch.arange(keys, device=key.device), self._lengths[:, None]
        hidden = place > last
        if window is not None:
            hidden |= place <= last - window
        scores.masked_fill_(hidden[:, None, None], float("-inf"))
        mixed = torch.softmax(scores, dim=-1).to(query.dtype) @ value
        return mixed.reshape(batch, 1, heads, value.shape[-1])


class Abreast:
    """Texts of `width` tokens at most, of which each that joins was read whole and has written its first token."""

    def __init__(self, width: int, model: FrozenModel, cancel: Cancel) -> None:
        self._width, self._model, self._cancel = width, model, cancel
        self.members: list[int] = []
        self._waiting: list[Layers] = []
        self._cache: RowsCache | None = None

    @property
    def has_room(self) -> bool:
        """Whether one more would go into the memory, were all as long as they may get."""
        if not self._waiting:
            return True
        read = self._waiting[0]
        token = sum(keys[:, :, :1].nbytes + values[:, :, :1].nbytes for keys, values in read)
        return (len(self._waiting) + 1) * self._width * token <= BYTES

    def join(self, member: int, read: Layers) -> None:
        """`read` are the pairs of all but the last token of the member's text. All join before the first step."""
        self.members.append(member)
        self._waiting.append(read)

    def leave(self, members: Sequence[int]) -> None:
        if not members or self._cache is None:
            return
        kept = [place for place, member in enumerate(self.members) if member not in members]
        index = torch.tensor(kept, dtype=torch.long, device=self._model.device)
        self._cache.lengths = self._cache.lengths[index]
        self._cache.rows = [(keys[index], values[index]) for keys, values in self._cache.rows]
        self.members = [self.members[place] for place in kept]

    @torch.inference_mode()
    def step(self, tokens: Sequence[int]) -> list[tuple[int, torch.Tensor]]:
        """Each member, in order, and the float32 logits of what follows when its next token is the one given."""
        if self._cancel():
            raise Cancelled
        cache = self._cache = self._stacked() if self._cache is None else self._cache
        device = self._model.device
        with self._model.lock, attention.during(RowsPass(cache.lengths)):
            out = self._model.model(
                input_ids=torch.tensor(list(tokens), device=device)[:, None],
                position_ids=cache.lengths[:, None],
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
        cache.lengths = cache.lengths + 1
        return list(zip(self.members, out.logits[:, -1].float(), strict=True))

    def _stacked(self) -> RowsCache:
        lengths = [layers[0][0].shape[2] for layers in self._waiting]
        rows = [(self._buffer(layer, 0), self._buffer(layer, 1)) for layer in range(len(self._waiting[0]))]
        self._waiting = []
        return RowsCache(rows, torch.tensor(lengths, device=self._model.device))

    def _buffer(self, layer: int, which: int) -> torch.Tensor:
        pairs = [layers[layer][which][0] for layers in self._waiting]
        heads, _, width = pairs[0].shape
        # Zeros: what a mask hides is multiplied by nothing, and nothing times whatever memory holds can be no number.
        buffer = pairs[0].new_zeros(len(pairs), heads, self._width, width)
        for row, pair in enumerate(pairs):
            buffer[row, :, : pair.shape[1]] = pair
        return buffer
