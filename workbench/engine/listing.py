"""Writing a list of given lines: at each choice the model may take only a token that leads to a line that is left."""

from collections.abc import Callable, Sequence

import torch

from workbench.engine.answers import WrittenList
from workbench.engine.packing import split_point
from workbench.engine.protocol import Between, Hear, Sampling
from workbench.engine.sampling import pick

Read = Callable[[Sequence[int]], torch.Tensor]
"""All token ids so far -> float32 logits [vocabulary] of the next one."""


Encode = Callable[[list[str]], list[list[int]]]


def write_lines(
    prompt: str,
    lines: Sequence[str],
    n: int,
    between: Between,
    encode: Encode,
    read: Read,
    sampling: Sampling,
    hear: Hear,
) -> WrittenList:
    """See `Engine.write_list`. Each line is tokenised together with all that stands before it."""
    random = torch.Generator().manual_seed(sampling.seed)
    text, left = prompt, list(range(len(lines)))
    order, chances = [], []
    for place in range(1, min(n, len(lines)) + 1):
        at, chance = write_one(encode([f"{text}{lines[i]}{between(place)}" for i in left]), read, sampling, random)
        order.append(left.pop(at))
        chances.append(chance)
        text += f"{lines[order[-1]]}{between(place)}"
        hear(text[len(prompt) :])
    return WrittenList(text[len(prompt) :], tuple(order), tuple(chances))


def write_one(
    joint: Sequence[Sequence[int]], read: Read, sampling: Sampling, random: torch.Generator
) -> tuple[int, float]:
    """Which of `joint` is written, and its chance among them: the product over all choices of the taken token's share
    of what the allowed tokens have.

    `joint` holds token ids of the whole text so far with each of its possible ends, tokenised as one; where all go on
    alike nothing is asked. The texts are one trie walked from its root: what the model would write freely outside of
    it never counts. Of texts that are one, the first. After De Cao et al. (2021), "Autoregressive Entity Retrieval".
    """
    left = list(range(len(joint)))
    depth, chance = split_point(joint[0], joint), 1.0
    while len(left) > 1:
        if ended := [i for i in left if len(joint[i]) == depth]:
            return ended[0], chance
        allowed = sorted({joint[i][depth] for i in left})
        token = allowed[0]
        if len(allowed) > 1:
            logits = read(joint[left[0]][:depth])[allowed]
            at = pick(logits, sampling, random)
            token, chance = allowed[at], chance * float(torch.softmax(logits, dim=-1)[at])
        left = [i for i in left if joint[i][depth] == token]
        depth += 1
    return left[0], chance
