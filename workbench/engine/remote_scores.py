"""From a server's echoes of a prompt with each of its continuations to the continuations' scores."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from workbench.engine.answers import Scored, Scores
from workbench.engine.packing import split_point
from workbench.engine.remote_echo import Echo, shared_start
from workbench.errors import ModelError, Problem
from workbench.records import Usage


@dataclass(frozen=True, slots=True)
class Texts:
    """A prompt and its continuations as they go to the server. Token ids, of the prompt alone and of it with each
    continuation, are there where tokens are not only estimated."""

    prompt: str = ""
    continuations: tuple[str, ...] = ()
    alone: list[int] = field(default_factory=list)
    joint: list[list[int]] = field(default_factory=list)

    @property
    def whole(self) -> list[str]:
        return [self.prompt + continuation for continuation in self.continuations]


def scores_of(texts: Texts, echoes: Sequence[Echo], *, where: str) -> Scores:
    """Without the time it took. Raises ModelError where nothing of the prompt stands before all continuations, and
    where the tokenizer at hand is another one than the server's."""
    if not echoes:
        return Scores(())
    at = _checked_split(texts, echoes, where) if texts.joint else shared_start(echoes, len(texts.prompt))
    if at == 0:
        what = "the server reads prompt and answer as one token"
        raise ModelError(Problem(what, where, "write at least a word before the answer"))
    ids = texts.joint or [[]] * len(echoes)
    scored = tuple(_scored(echo, at, own) for echo, own in zip(echoes, ids, strict=True))
    if empty := [c for c, s in zip(texts.continuations, scored, strict=True) if not s.logprobs]:
        raise ModelError(Problem(f"nothing to score in the continuation {empty[0]!r}", "engine"))
    return Scores(scored, Usage(len(echoes), at, scored_tokens=sum(len(s.logprobs) for s in scored)))


def _checked_split(texts: Texts, echoes: Sequence[Echo], where: str) -> int:
    """The split that an engine in this process would make, the server's token counts being those of its tokenizer."""
    for ids, echo in zip(texts.joint, echoes, strict=True):
        if len(ids) != len(echo.tokens):
            what = f"the server reads {len(echo.tokens)} tokens where its tokenizer gives {len(ids)}"
            raise ModelError(Problem(what, where, "name the server's own tokenizer after ?tokenizer="))
    return split_point(texts.alone, texts.joint)


def _scored(echo: Echo, at: int, ids: Sequence[int]) -> Scored:
    return Scored(tuple(ids[at:]) if ids else tuple(map(_number, echo.tokens[at:])), echo.tail(at))


def _number(token: str) -> int:
    """A server names tokens by their text: equal ones get an equal number, below 0 since it is no token's id."""
    return -1 - zlib.crc32(token.encode("utf-8", "surrogatepass"))
