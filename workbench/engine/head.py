"""The last product of a model, from hidden states to logits: single logits of it in float32."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from transformers import PreTrainedModel

Logit = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Rows and tokens, side by side -> float32 logit of each."""
PAIRS = 1024
"""So many at a time: bounds the memory of their weights."""


class Head:
    """bfloat16 has eight bits: logits around 16 come in steps of an eighth, so that many letters or labels would tie.
    The few logits that are asked for are computed again from the same hidden states, with a float32 sum."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._layer: Any = model.get_output_embeddings()

    @contextmanager
    def listening(self) -> Iterator[list[tuple[torch.Tensor, torch.Tensor]]]:
        """What the layer is given and gives, call by call."""
        heard: list[tuple[torch.Tensor, torch.Tensor]] = []
        if self._layer is None:
            yield heard
            return
        handle = self._layer.register_forward_hook(lambda layer, given, out: heard.append((given[0], out)))
        try:
            yield heard
        finally:
            handle.remove()

    def logit(self, logits: torch.Tensor, heard: list[tuple[torch.Tensor, torch.Tensor]]) -> Logit:
        """Of `logits`, [rows, vocabulary], single ones: anew where they are rounded and the layer's own, else as they
        are. Some models change what the layer gives, by a soft cap or a scale."""
        rounded = logits.dtype != torch.float32 and len(heard) == 1
        if not rounded or not torch.equal(heard[0][1][0, :1], logits[:1]):
            return lambda rows, tokens: logits[rows, tokens].float()
        hidden, layer = heard[0][0][0], self._layer

        def anew(rows: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
            parts = [slice(start, start + PAIRS) for start in range(0, len(rows), PAIRS)]
            found = torch.cat([(hidden[rows[p]].float() * layer.weight[tokens[p]].float()).sum(-1) for p in parts])
            return found if layer.bias is None else found + layer.bias[tokens].float()

        return anew
