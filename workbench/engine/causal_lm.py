"""A frozen causal language model of transformers: exact log-likelihoods of many continuations in few passes."""

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy
import torch
from transformers import PreTrainedModel

from workbench.engine.answers import Generated, Scored, Scores, WrittenList
from workbench.engine.packing import split_point
from workbench.engine.passes import FrozenModel
from workbench.engine.prefix_cache import PromptCache
from workbench.engine.protocol import Between, Cancel, Hear, Request, Sampling, never, unheard
from workbench.engine.scoring import Answer, Ask, score
from workbench.engine.states import groups, mean_states
from workbench.engine.tokenizing import HubTokenizer
from workbench.engine.writing import NOTHING_BEFORE, Writer
from workbench.errors import Cancelled, ModelError, Problem, PromptTooLong
from workbench.records import ModelIdentity

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray


AFTER_READING = " A"
"""Asked after a prompt that is read for its own sake: any text would do."""


class FrozenLM:
    """Implements `Engine`. The model's lock is held for one pass at a time."""

    def __init__(
        self, model: PreTrainedModel, tokenizer: HubTokenizer, identity: ModelIdentity, cache: PromptCache
    ) -> None:
        self.tokenizer = tokenizer
        self.identity = identity
        self._model = FrozenModel(model)
        self._cache = cache
        self._writer = Writer(self._model, tokenizer, cache)

    # Scoring

    def loglikelihood(self, prompt: str, continuations: Sequence[str], *, cancel: Cancel = never) -> Scores:
        return self.loglikelihoods([(prompt, continuations)], cancel=cancel)[0]

    def loglikelihoods(self, requests: Sequence[Request], *, cancel: Cancel = never) -> tuple[Scores, ...]:
        started = time.perf_counter()
        asks = self._tokenised(requests)
        for ask in asks:
            self._check_length(len(ask.prompt) + max(map(len, ask.tails), default=0))
        answers = score(asks, self._model, self._cache, cancel)
        seconds = time.perf_counter() - started
        return tuple(_scores(ask, answer, seconds) for ask, answer in zip(asks, answers, strict=True))

    def _tokenised(self, requests: Sequence[Request]) -> list[Ask]:
        """Prompt tokens, and for each continuation the tokens after them (see `split_point`)."""
        texts = [prompt + c for prompt, continuations in requests for c in ("", *continuations)]
        ids = self.tokenizer.encode_batch(texts)
        ends = [0, *accumulate(1 + len(continuations) for _, continuations in requests)]
        return [_ask(request, ids[a], ids[a + 1 : b]) for request, a, b in zip(requests, ends, ends[1:], strict=False)]

    def read(self, prompt: str, *, cancel: Cancel = never) -> None:
        self.loglikelihood(prompt, [AFTER_READING], cancel=cancel)

    # Looking inside

    def states(self, texts: Sequence[str], *, cancel: Cancel = never) -> "NDArray[float32]":
        ids = [self.tokenizer.encode(text or " ") for text in texts]
        self._check_length(max(map(len, ids), default=0))
        found = []
        for group in groups([len(i) for i in ids]):
            if cancel():
                raise Cancelled
            with self._model.lock:
                found.append(mean_states(self._model.model, [ids[i] for i in group]))
        return numpy.concatenate(found)

    # Writing

    def generate(
        self,
        prompt: str,
        sampling: Sampling,
        *,
        cancel: Cancel = never,
        on_text: Hear = unheard,
    ) -> Generated:
        started = time.perf_counter()
        (ids,) = self._to_write_after([prompt], sampling)
        written = self._writer.text(ids, sampling, cancel, on_text)
        return replace(written, usage=replace(written.usage, seconds=time.perf_counter() - started))

    def generate_many(
        self, prompts: Sequence[str], sampling: Sampling, *, cancel: Cancel = never
    ) -> tuple[Generated, ...]:
        started = time.perf_counter()
        written = self._writer.texts(self._to_write_after(prompts, sampling), sampling, cancel)
        seconds = (time.perf_counter() - started) / max(1, len(written))
        return tuple(replace(w, usage=replace(w.usage, seconds=seconds)) for w in written)

    def _to_write_after(self, prompts: Sequence[str], sampling: Sampling) -> list[list[int]]:
        found = self.tokenizer.encode_batch(prompts)
        if not all(found):
            raise ModelError(NOTHING_BEFORE)
        for ids in found:
            self._check_length(len(ids) + sampling.max_tokens)
        return found

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
        started = time.perf_counter()
        # Tokens of a line alone, and room for what a tokenizer may split differently where it meets the text.
        lengths = [len(i) + 4 for i in self.tokenizer.encode_batch([f"{line}{between(n)}" for line in lines])]
        room = sum(sorted(lengths)[-n:])
        self._check_length(len(self.tokenizer.encode(prompt)) + room)
        written = self._writer.listed(prompt, lines, sampling, n, between, room, cancel, on_text)
        return replace(written, usage=replace(written.usage, seconds=time.perf_counter() - started))

    # Limits

    def _check_length(self, tokens: int) -> None:
        window = self.identity.context_window
        if tokens > window:
            what = (
                f"prompt and answer take {tokens} tokens, {tokens - window} more than the {window} that the model reads"
            )
            fix = "show fewer exemplars, history items or candidates; the preview shows what takes most"
            raise PromptTooLong(Problem(what, "prompt", fix))


def _ask(request: Request, alone: list[int], joint: list[list[int]]) -> Ask:
    at = split_point(alone, joint)
    if at == 0:
        raise ModelError(NOTHING_BEFORE)
    tails = [ids[at:] for ids in joint]
    if not all(tails):
        empty = request[1][[bool(t) for t in tails].index(False)]
        raise ModelError(Problem(f"nothing to score in the continuation {empty!r}", "engine"))
    return Ask(alone[:at], tails)


def _scores(ask: Ask, answer: Answer, seconds: float) -> Scores:
    pairs = zip(ask.tails, answer.logprobs, strict=True)
    scored = tuple(Scored(tuple(tail), tuple(logprobs)) for tail, logprobs in pairs)
    return Scores(scored, replace(answer.usage, seconds=seconds * answer.share))


def unpacked_loglikelihood(model: Any, prompt: Sequence[int], tail: Sequence[int]) -> list[float]:
    """The slow, plain reference: one ordinary forward over prompt and continuation. For tests."""
    with torch.inference_mode():
        logits = model(torch.tensor([[*prompt, *tail]], device=model.device)).logits[0].float().log_softmax(-1)
    return [float(logits[len(prompt) + i - 1, token]) for i, token in enumerate(tail)]
