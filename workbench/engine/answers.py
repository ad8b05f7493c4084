"""What an engine answers: scores of continuations, text, or a list of given lines."""

from dataclasses import dataclass

from workbench.records import Usage


@dataclass(frozen=True, slots=True)
class Scored:
    """Token ids and log-probabilities (nats) of one continuation, exact."""

    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.logprobs)

    @property
    def mean(self) -> float:
        return self.total / max(1, len(self.logprobs))


@dataclass(frozen=True, slots=True)
class Scores:
    """Answer of `Engine.loglikelihood`, in the order of the continuations."""

    scored: tuple[Scored, ...]
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Generated:
    """Answer of `Engine.generate`. `finished` is False when the token limit cut the text."""

    text: str
    token_ids: tuple[int, ...]
    finished: bool
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class WrittenList:
    """Answer of `Engine.write_list`: the places of the lines in the order written, and each one's chance, from 0 to 1,
    among those that were left."""

    text: str
    order: tuple[int, ...]
    chances: tuple[float, ...]
    usage: Usage = Usage()
