"""The key/value pairs of what the engine has read, in a tree of token runs, for prompts that begin alike."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Protocol

import torch

from workbench.engine.apart import known_apart
from workbench.engine.packing import shared_length

Layers = tuple[tuple[torch.Tensor, torch.Tensor], ...]
"""One (keys, values) per layer, each [1, kv_heads, tokens, d]. Never written to."""
LayersOf = Callable[[int, int], Layers]
"""Copies of the pairs of the tokens [start, end) of a prompt."""


class PromptCache(Protocol):
    """What was read before. Thread-safe: both calls are made while other threads compute."""

    def longest(self, tokens: Sequence[int]) -> list[Layers]:
        """The pairs of the longest known beginning, in pieces, in order."""
        ...

    def put(self, tokens: Sequence[int], start: int, layers_of: LayersOf) -> None:
        """Keep the pairs of tokens[start:]; `layers_of` is asked for those that are not known.

        Nothing is kept where what stands before `start` has been forgotten.
        """
        ...


class NoCache:
    """Remembers nothing: the oracle of the cache's tests."""

    def longest(self, tokens: Sequence[int]) -> list[Layers]:
        return []

    def put(self, tokens: Sequence[int], start: int, layers_of: LayersOf) -> None:
        return None


@dataclass(slots=True, eq=False)
class _Run:
    """Tokens without a fork, below those of `parent`, and what grows from them by its first token."""

    tokens: list[int]
    layers: Layers
    parent: "_Run | None" = None
    used: int = 0
    children: dict[int, "_Run"] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        return sum(k.nbytes + v.nbytes for k, v in self.layers)


class PrefixCache:
    """A radix tree: prompts share what they begin with, to the token. When `budget` bytes are full, the runs go that
    were used least recently, leaves first, so that what is kept can be found from the root."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.bytes = 0
        self._root = _Run([], ())
        self._clock = count(1)
        self._lock = Lock()

    def longest(self, tokens: Sequence[int]) -> list[Layers]:
        with self._lock:
            return [_cut(run.layers, 0, length) for run, length in self._walk(list(tokens))]

    def put(self, tokens: Sequence[int], start: int, layers_of: LayersOf) -> None:
        tokens = list(tokens)
        with self._lock:
            way = list(self._walk(tokens))
            known = sum(length for _, length in way)
            if known < start or known == len(tokens):
                return
            parent = self._fork(*way[-1]) if way else self._root
            fresh = _Run(tokens[known:], layers_of(known, len(tokens)), parent, next(self._clock))
            parent.children[fresh.tokens[0]] = fresh
            self.bytes += fresh.bytes
            self._forget()

    def copy(self) -> "PrefixCache":
        """Another that knows the same; what is known is shared and not copied."""
        twin = PrefixCache(self.budget)
        with self._lock:
            twin._root, twin.bytes, twin._clock = _twin(self._root, None), self.bytes, count(next(self._clock))
        return twin

    def _walk(self, tokens: list[int]) -> Iterator[tuple[_Run, int]]:
        """The runs that `tokens` begin with, and how much of each."""
        run, at, now = self._root, 0, next(self._clock)
        while at < len(tokens) and (child := run.children.get(tokens[at])):
            length = shared_length(child.tokens, tokens[at : at + len(child.tokens)])
            child.used = now
            yield child, length
            if length < len(child.tokens):
                return
            run, at = child, at + length

    def _fork(self, run: _Run, length: int) -> _Run:
        """The run of the first `length` tokens of `run`; the rest now grows from it."""
        if length == len(run.tokens) or run.parent is None:
            return run
        head = _Run(run.tokens[:length], _copied(_cut(run.layers, 0, length)), run.parent, run.used)
        run.parent.children[head.tokens[0]] = head
        # Copied, so that each part's memory is free once it is forgotten.
        run.layers = _copied(_cut(run.layers, length, len(run.tokens)))
        run.tokens, run.parent = run.tokens[length:], head
        head.children[run.tokens[0]] = run
        return head

    def _forget(self) -> None:
        while self.bytes > self.budget:
            oldest = min((run for run in _all(self._root) if not run.children), key=lambda run: run.used)
            assert oldest.parent is not None, "the root holds no bytes"
            del oldest.parent.children[oldest.tokens[0]]
            self.bytes -= oldest.bytes


class EngineCache:
    """The cache of an engine: one for all, but for who works apart."""

    def __init__(self, budget: int) -> None:
        self._shared = PrefixCache(budget)

    def longest(self, tokens: Sequence[int]) -> list[Layers]:
        return self._at_hand.longest(tokens)

    def put(self, tokens: Sequence[int], start: int, layers_of: LayersOf) -> None:
        self._at_hand.put(tokens, start, layers_of)

    @property
    def _at_hand(self) -> PrefixCache:
        caches = known_apart()
        if caches is None:
            return self._shared
        found: PrefixCache = caches.setdefault(self, PrefixCache(self._shared.budget))
        return found


def _twin(run: _Run, parent: _Run | None) -> _Run:
    made = _Run(run.tokens, run.layers, parent, run.used)
    made.children = {token: _twin(child, made) for token, child in run.children.items()}
    return made


def _all(run: _Run) -> Iterator[_Run]:
    left = list(run.children.values())
    while left:
        yield (found := left.pop())
        left.extend(found.children.values())


def _cut(layers: Layers, start: int, end: int) -> Layers:
    return tuple((keys[:, :, start:end], values[:, :, start:end]) for keys, values in layers)


def _copied(layers: Layers) -> Layers:
    fresh = torch.contiguous_format
    return tuple((keys.clone(memory_format=fresh), values.clone(memory_format=fresh)) for keys, values in layers)
