"""An engine without weights that answers as it is told: for tests and for trying the page."""

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from workbench.engine.answers import Generated, Scored, Scores, WrittenList
from workbench.engine.protocol import LAYERS, Between, Cancel, Hear, Request, Sampling, never, unheard
from workbench.errors import Cancelled, PromptTooLong
from workbench.records import ModelIdentity, Prompt, Span, Usage

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

LogProbability = Callable[[str, str], float]
"""(prompt, continuation) -> log-probability of the whole continuation."""
_BETWEEN_MESSAGES = "\n\n"
_LISTED = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+(\S.*?)\s*$", re.MULTILINE)


def by_hash(prompt: str, continuation: str) -> float:
    """A number from -20 to 0 that depends on both texts alone."""
    digest = hashlib.sha256(f"{prompt}\0{continuation}".encode("utf-8", "surrogatepass")).digest()
    return -20 * int.from_bytes(digest[:4], "big") / 2**32


def by_table(table: Mapping[str, float], *, default: float = -20.0) -> LogProbability:
    """What the table says of a continuation, white space around it aside, whatever the prompt."""
    return lambda prompt, continuation: table.get(continuation.strip(), default)


class ScriptedTokenizer:
    """A token for each word with the white space before it, ids by order of first appearance."""

    estimated = False

    def __init__(self, context_window: int = 4096) -> None:
        self.context_window = context_window
        self.control_tokens = ("<|start|>", "<|end|>")
        self.has_chat_template = True
        self._ids: dict[str, int] = {}
        self._words: list[str] = []
        self._lock = Lock()

    def encode(self, text: str) -> list[int]:
        with self._lock:
            return [self._id(text[start:end]) for start, end in self.offsets(text)]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\s*\S+|\s+$", text)]

    def decode(self, token_ids: Sequence[int]) -> str:
        return "".join(self._words[i] for i in token_ids)

    def finish(self, prompt: Prompt) -> Prompt:
        if not prompt.messages:
            return prompt
        text, before = "", 0
        spans: list[Span] = []
        for message in prompt.messages:
            text += f"<|start|>{message.role}\n"
            end, moved = before + len(message.text), len(text) - before
            inside = (s for s in prompt.spans if before <= s.start and s.end <= end)
            spans += [replace(s, start=s.start + moved, end=s.end + moved) for s in inside]
            text += f"{message.text}<|end|>\n"
            before = end + len(_BETWEEN_MESSAGES)
        is_open = prompt.messages[-1].role == "assistant"
        text = text.removesuffix("<|end|>\n") if is_open else f"{text}<|start|>assistant\n"
        return replace(prompt, text=text, spans=tuple(spans))

    def _id(self, word: str) -> int:
        if word not in self._ids:
            self._ids[word] = len(self._words)
            self._words.append(word)
        return self._ids[word]


class ScriptedEngine:
    """Implements `Engine`. `texts` maps a part of a prompt to what is written after it; the first match wins. Without
    one, the lines that the prompt lists are written, numbered, the likeliest first. `asked` keeps every prompt."""

    def __init__(
        self,
        logprob: LogProbability = by_hash,
        texts: Mapping[str, str] | None = None,
        *,
        context_window: int = 4096,
    ) -> None:
        self.tokenizer = ScriptedTokenizer(context_window)
        self.identity = ModelIdentity("scripted", "1", "0" * 64, "float32", "cpu", context_window, 0)
        self.asked: list[str] = []
        self._logprob = logprob
        self._texts = dict(texts or {})

    def loglikelihood(self, prompt: str, continuations: Sequence[str], *, cancel: Cancel = never) -> Scores:
        tokens = self._read(prompt, cancel)
        scored = tuple(self._score(prompt, c) for c in continuations)
        taken = sum(len(s.token_ids) for s in scored)
        return Scores(scored, Usage(passes=1, prompt_tokens=tokens, scored_tokens=taken))

    def loglikelihoods(self, requests: Sequence[Request], *, cancel: Cancel = never) -> tuple[Scores, ...]:
        return tuple(self.loglikelihood(prompt, continuations, cancel=cancel) for prompt, continuations in requests)

    def generate(
        self, prompt: str, sampling: Sampling, *, cancel: Cancel = never, on_text: Hear = unheard
    ) -> Generated:
        tokens = self._read(prompt, cancel)
        text = next((written for part, written in self._texts.items() if part in prompt), None)
        text = self._list(prompt) if text is None else text
        for stop in sampling.stop:
            text = text.partition(stop)[0]
        ids = self.tokenizer.encode(text)
        cut = ids[: sampling.max_tokens]
        for end in range(1, len(cut) + 1):
            on_text(self.tokenizer.decode(cut[:end]))
        usage = Usage(passes=len(cut), prompt_tokens=tokens, generated_tokens=len(cut))
        return Generated(self.tokenizer.decode(cut), tuple(cut), len(cut) == len(ids), usage)

    def read(self, prompt: str, *, cancel: Cancel = never) -> None:
        return None

    def generate_many(
        self, prompts: Sequence[str], sampling: Sampling, *, cancel: Cancel = never
    ) -> tuple[Generated, ...]:
        return tuple(self.generate(prompt, sampling, cancel=cancel) for prompt in prompts)

    def write_list(
        self,
        prompt: str,
        lines: Sequence[str],
        sampling: Sampling,
        *,
        n: int,
        between: Between,
        cancel: Cancel = never,
        on_text: Hear = unheard,
    ) -> WrittenList:
        """The likeliest of those left each time; chances are shares among them."""
        tokens = self._read(prompt, cancel)
        text, left = prompt, list(range(len(lines)))
        order, chances = [], []
        for place in range(1, min(n, len(lines)) + 1):
            logprobs = [self._logprob(text, lines[i]) for i in left]
            at = logprobs.index(max(logprobs))
            chances.append(math.exp(logprobs[at]) / math.fsum(map(math.exp, logprobs)))
            order.append(left.pop(at))
            text += f"{lines[order[-1]]}{between(place)}"
            on_text(text[len(prompt) :])
        written = text[len(prompt) :]
        usage = Usage(len(order), tokens, generated_tokens=len(self.tokenizer.encode(written)))
        return WrittenList(written, tuple(order), tuple(chances), usage)

    def states(self, texts: Sequence[str], *, cancel: Cancel = never) -> "NDArray[float32]":
        """Texts that share words lie near one another: a column for each of 64 hashes of a word, all layers alike."""
        import numpy

        if cancel():
            raise Cancelled
        found = numpy.zeros((len(texts), 64), dtype=numpy.float32)
        for row, text in enumerate(texts):
            for word in text.casefold().split():
                found[row, hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()[0] % 64] += 1
        return numpy.tile(found, (1, LAYERS))

    def _list(self, prompt: str) -> str:
        listed = dict.fromkeys(_LISTED.findall(prompt))
        ordered = sorted(listed, key=lambda line: -self._logprob(prompt, line))
        return "\n".join(f"{n}. {line}" for n, line in enumerate(ordered, start=1))

    def _read(self, prompt: str, cancel: Cancel) -> int:
        if cancel():
            raise Cancelled
        self.asked.append(prompt)
        tokens = len(self.tokenizer.encode(prompt))
        if tokens > self.tokenizer.context_window:
            raise PromptTooLong(f"{tokens} tokens, the window has {self.tokenizer.context_window}")
        return tokens

    def _score(self, prompt: str, continuation: str) -> Scored:
        ids = tuple(self.tokenizer.encode(continuation))
        share = self._logprob(prompt, continuation) / max(1, len(ids))
        assert not math.isnan(share)
        return Scored(ids, (share,) * len(ids))
