"""What a number type costs a model in accuracy: one fixed request in it and in float32, measured once and kept."""

import hashlib
from collections.abc import MutableMapping, Sequence
from dataclasses import astuple, dataclass
from itertools import combinations

from workbench.engine.protocol import Engine
from workbench.records import ModelIdentity

PROMPT = """A viewer liked The Matrix, Blade Runner, Ghost in the Shell.
The viewer will love: Minority Report.

A viewer liked Notting Hill, Amélie, When Harry Met Sally.
The viewer will love: Love Actually.

A viewer liked Toy Story, Finding Nemo, Spirited Away.
The viewer will love:"""
TITLES = (
    " Up",
    " WALL·E",
    " The Incredibles",
    " My Neighbor Totoro",
    " Princess Mononoke",
    " The Lion King",
    " Shrek",
    " Coco",
    " Ratatouille",
    " The Iron Giant",
    " Alien",
    " Aliens",
    " The Godfather",
    " Psycho",
    " Casablanca",
    " Heat",
    " Seven Samurai",
    " Pulp Fiction",
    " The Shining",
    " Das Boot",
)
_REQUEST = hashlib.sha256("\n".join((PROMPT, *TITLES)).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How far a token's log-probability is from float32's, in nats, and how many pairs of titles stand in the same
    order by their sums."""

    mean: float
    largest: float
    tokens: int
    same_order: int
    pairs: int

    def __str__(self) -> str:
        return (
            f"a token's log-probability is {self.mean:.4f} nats from float32's in the mean and {self.largest:.4f} at "
            f"most ({self.tokens} tokens); {self.same_order} of {self.pairs} pairs of titles stand in the same order"
        )


def is_exact(identity: ModelIdentity) -> bool:
    """Whether there is nothing to measure."""
    return identity.dtype == "float32"


def kept(identity: ModelIdentity, memo: MutableMapping[str, Sequence[float]]) -> Accuracy | None:
    """What was measured of these weights in this type on this kind of device, if it was."""
    if (numbers := memo.get(_key(identity))) is None:
        return None
    mean, largest, *counts = numbers
    return Accuracy(mean, largest, *map(int, counts))


def measured(engine: Engine, exact: Engine, memo: MutableMapping[str, Sequence[float]]) -> Accuracy:
    """Ask both, and keep what is found. `exact` is the same model in float32."""
    found = compared(*(tuple(s.logprobs for s in e.loglikelihood(PROMPT, TITLES).scored) for e in (engine, exact)))
    memo[_key(engine.identity)] = astuple(found)
    return found


def compared(given: Sequence[Sequence[float]], exact: Sequence[Sequence[float]]) -> Accuracy:
    """Log-probabilities of each title's tokens in one type and in float32."""
    off = [abs(a - b) for mine, true in zip(given, exact, strict=True) for a, b in zip(mine, true, strict=True)]
    mine, true = [sum(title) for title in given], [sum(title) for title in exact]
    pairs = list(combinations(range(len(true)), 2))
    same = sum((mine[a] - mine[b]) * (true[a] - true[b]) > 0 for a, b in pairs)
    return Accuracy(sum(off) / len(off), max(off), len(off), same, len(pairs))


def _key(identity: ModelIdentity) -> str:
    return f"accuracy:{identity.weights_sha256}:{identity.dtype}:{identity.device}:{_REQUEST}"
