"""Exact log-likelihoods of many continuations of many prompts, in as few and as full passes as they go into.

All prompts and continuations are one forest (`packing.Forest`): what prompts share at their beginning is read once,
what the cache knows is not read at all, and the rest is cut into passes of bounded size, in depth-first order. So a
pass needs of the passes before it only what stands before its own first token.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy
import torch

from workbench.engine.attention import PackedPass
from workbench.engine.head import Logit
from workbench.engine.key_values import Piece, tokens_of
from workbench.engine.packing import Forest, shared_length
from workbench.engine.passes import FrozenModel
from workbench.engine.prefix_cache import Layers, LayersOf, PromptCache
from workbench.engine.protocol import Cancel
from workbench.errors import Cancelled
from workbench.records import Usage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Nodes = NDArray[numpy.int64]

SUM_BYTES = {"cpu": 2 << 20}
"""Most memory of the float32 logits that are summed up at a time: on a processor what stays in its cache, a quarter of
the time of a copy that does not; elsewhere OTHER_SUM_BYTES, since a copy of the whole table would double its memory."""
OTHER_SUM_BYTES = 64 << 20
FRESH = -1


@dataclass(frozen=True, slots=True)
class Ask:
    """A prompt's tokens, one at least, and those of each of its continuations, one at least."""

    prompt: Sequence[int]
    tails: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A log-probability for each token of each tail. What many answers cost sums up to what was spent: a pass counts
    for the first ask that it reads for, a prompt's shared beginning for the first ask that has it. `share` is how much
    of all the reading was for this ask, from 0 to 1."""

    logprobs: list[list[float]]
    usage: Usage
    share: float


@dataclass(slots=True)
class _Placed:
    """Where an ask lies in the forest: its prompt's nodes, the node before each token of each tail, and the first of
    the nodes that it was the first to need."""

    prompt: list[int]
    before: list[list[int]]
    start: int


@dataclass(slots=True)
class _Plan:
    """The forest, and for each node the store and the column of its pairs; FRESH where there are none yet."""

    forest: Forest = field(default_factory=Forest)
    store: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    stores: dict[int, Layers] = field(default_factory=dict)
    placed: dict[int, _Placed] = field(default_factory=dict)


def score(asks: Sequence[Ask], model: FrozenModel, cache: PromptCache, cancel: Cancel) -> list[Answer]:
    """An answer to each ask, in their order. Raises Cancelled between passes; what was read until then is kept."""
    run = _Run(_planned(asks, cache), asks, model, cache)
    for nodes in run.passes():
        if cancel():
            raise Cancelled
        run.read(nodes)
    return run.answers()


def _planned(asks: Sequence[Ask], cache: PromptCache) -> _Plan:
    plan = _Plan()
    previous: Sequence[int] = ()
    # In this order what begins alike is side by side, and a prompt that another one begins with comes before it.
    for index in sorted(range(len(asks)), key=lambda i: list(asks[i].prompt)):
        prompt = asks[index].prompt
        shared = shared_length(previous, prompt)
        start = len(plan.forest.tokens)
        plan.forest.branch(shared, prompt[shared:])
        _look_up(plan, prompt, shared, cache)
        before = _branch_tails(plan.forest, prompt, asks[index].tails)
        plan.placed[index] = _Placed(plan.forest.path[: len(prompt)], before, start)
        missing = len(plan.forest.tokens) - len(plan.store)
        plan.store.extend([FRESH] * missing)
        plan.column.extend([0] * missing)
        previous = prompt
    plan.forest.close()
    return plan


def _look_up(plan: _Plan, prompt: Sequence[int], shared: int, cache: PromptCache) -> None:
    """Note which of the prompt's own tokens the cache knows: all but the last one at most, whose logits are wanted."""
    at = 0
    for layers in cache.longest(prompt[:-1]):
        length = tokens_of(layers)
        if own := range(max(0, shared - at), length):
            number = len(plan.stores)
            plan.stores[number] = layers
            plan.store.extend([number] * len(own))
            plan.column.extend(own)
        at += length


def _branch_tails(forest: Forest, prompt: Sequence[int], tails: Sequence[Sequence[int]]) -> list[list[int]]:
    """The node before each token of each tail. A tail's last token is only predicted, never read, so has no node."""
    before: list[list[int]] = [[] for _ in tails]
    previous: Sequence[int] = ()
    for index in sorted(range(len(tails)), key=lambda i: list(tails[i][:-1])):
        read = tails[index][:-1]
        shared = shared_length(previous, read)
        forest.branch(len(prompt) + shared, read[shared:])
        before[index] = forest.path[len(prompt) - 1 :]
        previous = read
    forest.branch(len(prompt), [])
    return before


class _Run:
    """Works off a plan, pass by pass."""

    def __init__(self, plan: _Plan, asks: Sequence[Ask], model: FrozenModel, cache: PromptCache) -> None:
        self._asks, self._model, self._cache = asks, model, cache
        self._placed, self._stores = plan.placed, plan.stores
        self._known_stores = len(plan.stores)
        self._tokens, self._depths, self._ends, self._store, self._column = (
            numpy.array(column, dtype=numpy.int64)
            for column in (plan.forest.tokens, plan.forest.depths, plan.forest.ends, plan.store, plan.column)
        )
        self._fresh = self._store == FRESH
        starts = [placed.start for placed in plan.placed.values()]
        # Of asks that start at one node, those with equal prompts, all nodes from there are the last one's.
        self._owner = numpy.searchsorted(starts, numpy.arange(len(self._tokens)), side="right") - 1
        tails = [(b, t) for i, p in plan.placed.items() for b, t in zip(p.before, asks[i].tails, strict=True)]
        self._before = numpy.array([node for nodes, _ in tails for node in nodes], dtype=numpy.int64)
        self._next = numpy.array([token for _, tail in tails for token in tail], dtype=numpy.int64)
        self._found = numpy.zeros(len(self._next))
        self._passes = numpy.zeros(len(asks), dtype=numpy.int64)

    def passes(self) -> "list[Nodes]":
        """The nodes of each pass: all fresh ones in order, in parts of equal cost within the model's limits."""
        nodes = self._fresh.nonzero()[0]
        if not len(nodes):
            return []
        limits = self._model.limits
        cost = numpy.cumsum(1 / limits.tokens + numpy.isin(nodes, self._before) / limits.rows)
        parts = int(numpy.ceil(cost[-1] - 1e-9))
        edges = numpy.searchsorted(cost, cost[-1] * numpy.arange(1, parts) / parts, side="right")
        return [nodes[a:b] for a, b in pairwise([0, *edges.tolist(), len(nodes)]) if a < b]

    def read(self, nodes: "Nodes") -> None:
        known = self._needed(nodes)
        pieces = self._pieces(known)
        keys, rows = numpy.concatenate([known, nodes]), numpy.isin(nodes, self._before).nonzero()[0]
        sees = PackedPass(
            torch.from_numpy(nodes),
            torch.from_numpy(keys),
            torch.from_numpy(self._ends[keys]),
            query_positions=torch.from_numpy(self._depths[nodes]),
            key_positions=torch.from_numpy(self._depths[keys]),
            device=self._model.device,
        )
        layers = self._model.read(
            self._tokens[nodes].tolist(),
            torch.from_numpy(self._depths[nodes]),
            pieces,
            sees,
            torch.from_numpy(rows),
            lambda logits, logit: self._take(nodes[rows], logits, logit),
        )
        number = max([self._known_stores, *(n + 1 for n in self._stores)])
        self._stores[number] = layers
        self._store[nodes], self._column[nodes] = number, numpy.arange(len(nodes))
        self._passes[self._owner[nodes[0]]] += 1
        self._keep(nodes, layers)

    def _needed(self, nodes: "Nodes") -> "Nodes":
        """What was read before and stands before any of `nodes`. What earlier passes read and isn't among it is
        dropped: later passes need no more of it than this one does."""
        known = self._store != FRESH
        known[nodes[-1] + 1 :] = False
        known &= self._ends > nodes[0]
        needed: Nodes = known.nonzero()[0]
        wanted = set(self._store[needed].tolist())
        for number in [n for n in self._stores if n >= self._known_stores and n not in wanted]:
            del self._stores[number]
        return needed

    def _pieces(self, known: "Nodes") -> list[Piece]:
        """The nodes' pairs, where neighbours lie side by side as one piece."""
        if not len(known):
            return []
        store, column = self._store[known], self._column[known]
        edges = ((numpy.diff(store) != 0) | (numpy.diff(column) != 1)).nonzero()[0] + 1
        bounds = [0, *edges.tolist(), len(known)]
        return [
            (self._stores[int(store[low])], slice(int(column[low]), int(column[high - 1]) + 1))
            for low, high in pairwise(bounds)
        ]

    def _take(self, rows: "Nodes", logits: torch.Tensor, logit: Logit) -> None:
        """Note the log-probabilities of what is asked after `rows`, whose logits these are."""
        size = max(1, SUM_BYTES.get(logits.device.type, OTHER_SUM_BYTES) // (4 * logits.shape[-1]))
        norms = torch.cat([logits[a : a + size].float().logsumexp(-1) for a in range(0, len(rows), size)])
        place = numpy.searchsorted(rows, self._before).clip(max=len(rows) - 1)
        here = (rows[place] == self._before).nonzero()[0]
        index = torch.from_numpy(place[here]).to(logits.device)
        tokens = torch.from_numpy(self._next[here]).to(logits.device)
        self._found[here] = (logit(index, tokens) - norms[index]).double().cpu().numpy()

    def _keep(self, nodes: "Nodes", layers: Layers) -> None:
        """Hand what was read of prompts to the cache. A prompt with no node of its own is part of another's."""
        for index, placed in self._placed.items():
            if placed.start > nodes[-1] or placed.prompt[-1] < max(placed.start, nodes[0]):
                continue
            way = numpy.array(placed.prompt)
            inside = numpy.isin(way, nodes)
            if inside.any():
                end = int(inside.nonzero()[0][-1]) + 1
                start = end - int(numpy.logical_and.accumulate(inside[:end][::-1]).sum())
                columns = torch.from_numpy(numpy.searchsorted(nodes, way)).to(self._model.device)
                self._cache.put(self._asks[index].prompt[:end], start, _pairs_at(layers, columns))

    def answers(self) -> list[Answer]:
        read = numpy.bincount(self._owner[self._fresh], minlength=len(self._asks))
        answers: dict[int, Answer] = {}
        at = 0
        for place, (index, placed) in enumerate(self._placed.items()):
            logprobs = []
            for nodes in placed.before:
                logprobs.append(self._found[at : at + len(nodes)].tolist())
                at += len(nodes)
            own = numpy.array([node for node in placed.prompt if node >= placed.start], dtype=numpy.int64)
            usage = Usage(
                passes=int(self._passes[place]),
                prompt_tokens=len(placed.prompt),
                cached_tokens=len(placed.prompt) - int(self._fresh[own].sum()),
                scored_tokens=sum(map(len, placed.before)),
            )
            answers[index] = Answer(logprobs, usage, float(read[place] / read.sum()))
        return [answers[index] for index in range(len(self._asks))]


def _pairs_at(layers: Layers, columns: torch.Tensor) -> LayersOf:
    """Copies, whole in memory: the model's tensors are often views of a wider product."""

    def pairs(start: int, end: int) -> Layers:
        wanted = columns[start:end]
        return tuple((keys.index_select(2, wanted), values.index_select(2, wanted)) for keys, values in layers)

    return pairs
