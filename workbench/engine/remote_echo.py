"""Reading what a server says of a text's own tokens: the `logprobs` of a completion with `echo`."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from workbench.engine.remote_client import Json
from workbench.errors import ModelError, Problem

MEND = "use vLLM, which gives them; methods that write text (generation) work without"


class NoLogprobs(ModelError):
    """A server that gives no log-probabilities of a prompt's own tokens."""


@dataclass(frozen=True, slots=True)
class Echo:
    """A text's tokens as the server read them, the log-probability of each after those before it (None for the first)
    and the place in the text where each starts (below 0 for a start token that the server put before the text)."""

    tokens: tuple[str, ...]
    logprobs: tuple[float | None, ...]
    starts: tuple[int, ...]

    def tail(self, start: int) -> tuple[float, ...]:
        """Log-probabilities from token `start` on."""
        return tuple(value for value in self.logprobs[start:] if value is not None)


def echo_request(model: str, text: str) -> Json:
    """The body that asks for a text's own log-probabilities. One token is written too: some servers take 0 for
    "without an end"."""
    return {"model": model, "prompt": text, "max_tokens": 1, "temperature": 0, "logprobs": 1, "echo": True}


def read_echo(answer: Json, text: str, *, where: str) -> Echo:
    """Raises NoLogprobs for an answer without them, and for one that leaves the text itself out."""
    choice = first_choice(answer, where=where)
    given = choice.get("logprobs")
    if not isinstance(given, dict) or not given.get("token_logprobs"):
        raise NoLogprobs(Problem("the server gives no log-probabilities", where, MEND))
    tokens, logprobs = given.get("tokens") or [], given["token_logprobs"]
    offsets = given.get("text_offset") or []
    n = _prompt_tokens(answer, offsets, len(text))
    if n is None or len(logprobs) < n or len(tokens) != len(logprobs) or not n:
        raise NoLogprobs(Problem("the server gives no log-probabilities of the prompt's own tokens", where, MEND))
    if any(not isinstance(value, int | float) for value in logprobs[1:n]):
        raise NoLogprobs(Problem("log-probabilities of some of the prompt's tokens are missing", where, MEND))
    starts = _starts([str(t) for t in tokens[:n]], offsets[:n], text)
    # The first token has nothing before it; a number there would be of something else.
    return Echo(tuple(map(str, tokens[:n])), (None, *(float(v) for v in logprobs[1:n])), tuple(starts))


def first_choice(answer: Json, *, where: str) -> dict[str, Any]:
    """Raises ModelError for an answer of another shape."""
    choices = answer.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    raise ModelError(Problem(f"an answer without choices: {str(answer)[:80]}", where, "is it OpenAI-compatible?"))


def _prompt_tokens(answer: Json, offsets: Sequence[int], length: int) -> int | None:
    """How many tokens are the prompt's: by the server's own count, else by where they start."""
    usage = answer.get("usage")
    counted = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    if isinstance(counted, int):
        return counted
    return sum(start < length for start in offsets) if offsets else None


def _starts(tokens: Sequence[str], offsets: Sequence[int], text: str) -> list[int]:
    """Where each token starts in the text. Counted here where the tokens spell the text: servers that put a start
    token before it shift their own offsets by its length. A character that is spread over several tokens is spelled by
    none of them, and then the server's word is taken."""
    spelled = "".join(tokens)
    if spelled.endswith(text) or len(offsets) != len(tokens):
        before = len(spelled) - len(text)
        return [end - len(token) - before for token, end in zip(tokens, accumulate(map(len, tokens)), strict=True)]
    return [int(start) for start in offsets]


def shared_start(echoes: Sequence[Echo], prompt_length: int) -> int:
    """How many leading tokens all the texts have in common that lie in the prompt to their end.

    A token that straddles the end of the prompt is counted with the continuation, and so is what comes after the
    first token that differs: what is left before is the same for all, so that their sums can be compared.
    """
    shared = min(_inside(echo, prompt_length) for echo in echoes)
    first = echoes[0].tokens
    return next((i for i in range(shared) if any(e.tokens[i] != first[i] for e in echoes)), shared)


def _inside(echo: Echo, prompt_length: int) -> int:
    ends = [*echo.starts[1:], prompt_length + 1]
    return next((i for i, end in enumerate(ends) if end > prompt_length), len(ends))
