"""Choosing the next token, and where a text stops."""

import re
from collections import Counter
from collections.abc import Sequence

import torch

from workbench.engine.protocol import Sampling


def pick(logits: torch.Tensor, sampling: Sampling, random: torch.Generator) -> int:
    """The next token: the likeliest at temperature 0, else drawn from the nucleus (Holtzman et al. 2020)."""
    if sampling.temperature <= 0:
        return int(logits.argmax())
    # Drawn on the CPU, so that a seed gives the same text on every device.
    probabilities = torch.softmax(logits.cpu() / sampling.temperature, dim=-1)
    ordered, tokens = probabilities.sort(descending=True, stable=True)
    before = ordered.cumsum(0) - ordered
    kept = ordered * (before < sampling.top_p)
    return int(tokens[torch.multinomial(kept, 1, generator=random)])


def stopped(text: str, stop: Sequence[str]) -> tuple[str, bool]:
    """The text up to the first stop string in it, and whether there was one."""
    places = [text.find(s) for s in stop if s and s in text]
    return (text[: min(places)], True) if places else (text, False)


def looping(text: str) -> bool:
    """Whether the last whole line is there for the third time, numbers and bullets before it aside."""
    lines = [re.sub(r"^[\W\d_]+", "", line) for line in text.split("\n")[:-1]]
    return text.endswith("\n") and bool(lines[-1]) and Counter(lines)[lines[-1]] >= 3
