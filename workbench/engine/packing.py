"""Packing: token sequences that begin alike as one prefix tree, so that what they share is read once."""

from collections.abc import Sequence
from dataclasses import dataclass, field


def split_point(prompt: Sequence[int], joint: Sequence[Sequence[int]]) -> int:
    """How many leading tokens the prompt alone and all joint tokenisations share.

    A tokenizer may merge the end of the prompt with the start of a continuation; what comes after this point is
    scored as part of the continuation, for all alike, so that their sums stay comparable.
    """
    shared = len(prompt)
    for ids in joint:
        shared = shared_length(prompt, ids, most=shared)
    return shared


def shared_length(one: Sequence[int], other: Sequence[int], *, most: int | None = None) -> int:
    """How many tokens, `most` at most, both begin with; by slices, since long prompts are compared often."""
    high = min(len(one), len(other))
    high = high if most is None else min(high, most)
    if one[:high] == other[:high]:
        return high
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


@dataclass(slots=True)
class Forest:
    """Prefix trees in depth-first order. Node i holds `tokens[i]`, `depths[i]` tokens below the root; what grows from
    it are the nodes i + 1 to `ends[i]`, that one not included. So node k stands before node q on one line, or is q,
    exactly when k <= q < ends[k]."""

    tokens: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    path: list[int] = field(default_factory=list)
    """The nodes from the root to where the forest grows."""

    def branch(self, depth: int, tokens: Sequence[int]) -> None:
        """Go back to `depth` tokens from the root, and grow from there. What is left must not be come back to."""
        start = len(self.tokens)
        for node in self.path[depth:]:
            self.ends[node] = start
        del self.path[depth:]
        self.tokens.extend(tokens)
        self.depths.extend(range(depth, depth + len(tokens)))
        self.ends.extend([0] * len(tokens))
        self.path.extend(range(start, start + len(tokens)))

    def close(self) -> None:
        """Call once nothing more is to grow."""
        self.branch(0, [])
