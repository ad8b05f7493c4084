"""Is a server to be trusted with scores? Found out from its own answers, before the first score is believed.

A token's log-probability is asked for twice: when the server may write the token next, and when the token stands in a
text that the server is to score. One server in use shifts the second by a token; another ignores the request for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.engine.protocol import Cancel, Tokenizer
from workbench.engine.remote_client import Client
from workbench.engine.remote_echo import MEND, NoLogprobs, echo_request, first_choice, read_echo
from workbench.errors import ModelError, Problem

PREFIXES = (
    "The capital of France is",
    "After the first film of the trilogy they watched the",
    "One, two, three, four, five,",
)
TOKENS_EACH = 3
"""Most tokens that are compared after each prefix."""
LEAST = 3
"""Fewest comparisons that count as a test."""
SAME = 0.01
"""Nats within which two float32 answers to one question lie."""
SHARE, MOST = 0.1, 0.3
"""In 16-bit numbers one question has answers a rounding step of its logits apart: up to this share of how far the
log-probabilities themselves lie apart is let through, and never more than MOST nats."""
COUNTED = "Amélie · 喜欢绿色食品 · 🎬 1,234.56 · naïve  two spaces\n3. Aliens"
"""A text that different tokenizers cut differently."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One token after one prefix: its log-probability when written next, and when scored in the text."""

    prefix: str
    token: str
    written: float
    scored: float

    @property
    def gap(self) -> float:
        return abs(self.written - self.scored)


@dataclass(frozen=True, slots=True)
class Trusted:
    """A passed test: how many tokens were compared, and the largest difference in nats."""

    comparisons: int
    gap: float


def examine(client: Client, tokenizer: Tokenizer, *, cancel: Cancel) -> Trusted:
    """Raises ModelError where the server's scores can't be had or can't be believed."""
    _count(client, tokenizer, cancel)
    found = [c for prefix in PREFIXES for c in _compare(client, prefix, cancel)]
    return judge(found, where=client.address.host)


def judge(found: Sequence[Comparison], *, where: str) -> Trusted:
    """What the comparisons say. Raises ModelError for too few of them and for a difference that is no rounding."""
    if len(found) < LEAST:
        what = f"the server's scores can't be tested: only {len(found)} tokens could be compared"
        raise NoLogprobs(Problem(what, where, MEND))
    written = [c.written for c in found]
    allowed = max(SAME, min(MOST, SHARE * (max(written) - min(written))))
    worst = max(found, key=lambda c: c.gap)
    if worst.gap > allowed:
        what = (
            f"its scores can't be believed: {worst.token!r} after {worst.prefix!r} has log-probability "
            f"{worst.written:.2f} when written and {worst.scored:.2f} when scored; most likely they are shifted by "
            f"a token, as by llama-cpp-python's server"
        )
        raise ModelError(Problem(what, where, MEND))
    return Trusted(len(found), worst.gap)


def _compare(client: Client, prefix: str, cancel: Cancel) -> list[Comparison]:
    """The likeliest next tokens, each also scored behind the prefix; those that are read as one token there."""
    found: list[Comparison] = []
    for token, written in _next(client, prefix, cancel)[: 2 * TOKENS_EACH]:
        text = prefix + token
        answer = client.post("completions", echo_request(client.address.model, text), cancel=cancel)
        echo = read_echo(answer, text, where=client.address.host)
        if echo.tokens[-1] == token and echo.starts[-1] == len(prefix) and echo.logprobs[-1] is not None:
            found.append(Comparison(prefix, token, written, echo.logprobs[-1]))
        if len(found) == TOKENS_EACH:
            break
    return found


def _next(client: Client, prefix: str, cancel: Cancel) -> list[tuple[str, float]]:
    """Tokens that may come next with their log-probabilities, likeliest first; plain words only, since parts of
    characters and control tokens are not written as themselves."""
    where = client.address.host
    body = {"model": client.address.model, "prompt": prefix, "max_tokens": 1, "temperature": 0, "logprobs": 5}
    given = first_choice(client.post("completions", body, cancel=cancel), where=where).get("logprobs")
    tops = given.get("top_logprobs") if isinstance(given, dict) else None
    if not isinstance(tops, list) or not tops or not isinstance(tops[0], dict):
        raise NoLogprobs(Problem("the server gives no log-probabilities", where, MEND))
    plain = [(t, float(v)) for t, v in tops[0].items() if t.isascii() and t.isprintable() and "<" not in t and t]
    return sorted(plain, key=lambda pair: -pair[1])


def _count(client: Client, tokenizer: Tokenizer, cancel: Cancel) -> None:
    """Whether the tokenizer at hand cuts a text into as many tokens as the server does."""
    answer = client.post("completions", echo_request(client.address.model, COUNTED), cancel=cancel)
    theirs = len(read_echo(answer, COUNTED, where=client.address.host).tokens)
    if tokenizer.estimated:
        return
    ours = len(tokenizer.encode(COUNTED))
    if ours != theirs:
        given = client.address.tokenizer or "the tokenizer"
        what = f"the server reads a test sentence as {theirs} tokens, {given} as {ours}"
        raise ModelError(Problem(what, client.address.host, "name the server's own tokenizer after ?tokenizer="))
