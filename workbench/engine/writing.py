"""Writing after a prompt, a token a pass: free text after one prompt or many, or a list of given lines."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from workbench.engine import attention
from workbench.engine.abreast import Abreast
from workbench.engine.answers import Generated, WrittenList
from workbench.engine.key_values import GrowingCache, tokens_of
from workbench.engine.listing import write_lines
from workbench.engine.packing import split_point
from workbench.engine.passes import FrozenModel
from workbench.engine.prefix_cache import Layers, PromptCache
from workbench.engine.protocol import Between, Cancel, Hear, Sampling
from workbench.engine.sampling import looping, pick, stopped
from workbench.engine.tokenizing import HubTokenizer
from workbench.errors import Cancelled, ModelError, Problem
from workbench.records import Usage

NOTHING_BEFORE = Problem("the prompt is empty", "prompt", "write at least a word before the answer")


class Line:
    """The tokens of one text that is read and written on: what the cache knows of it is not read again."""

    def __init__(self, ids: Sequence[int], room: int, model: FrozenModel, cache: PromptCache, cancel: Cancel) -> None:
        self._model, self._cache, self._cancel = model, cache, cancel
        self._prompt = len(ids)
        pieces = cache.longest(ids[:-1])
        self._grown = GrowingCache(pieces, len(ids) + room - sum(map(tokens_of, pieces)))
        self.cached = self._grown.length
        self.passes = 0

    @property
    def length(self) -> int:
        return self._grown.length

    def after(self, ids: Sequence[int]) -> torch.Tensor:
        """float32 logits [vocabulary] of what follows `ids`, the whole text so far; what was read of it stays read."""
        most = self._model.limits.tokens
        while True:
            logits = self._next(ids[: self.length + most])
            if self.length == len(ids):
                return logits

    def pairs(self) -> Layers:
        """Of all that was read."""
        return self._grown.pairs(0, self.length)

    def back_to(self, length: int) -> None:
        """Forget what was read after the first `length` tokens."""
        self._grown.length = length

    @torch.inference_mode()
    def _next(self, ids: Sequence[int]) -> torch.Tensor:
        if self._cancel():
            raise Cancelled
        model, seen = self._model, self.length
        tokens, n = ids[seen:], len(ids) - seen
        with model.lock, attention.during(attention.after(seen, n, model.device)):
            out = model.model(
                input_ids=torch.tensor([list(tokens)], device=model.device),
                position_ids=torch.arange(seen, seen + n, device=model.device)[None],
                past_key_values=self._grown,
                use_cache=True,
                logits_to_keep=1,
            )
        self._grown.length += n
        self.passes += 1
        if seen < self._prompt:
            self._cache.put(ids[: self._prompt], seen, self._grown.pairs)
        logits: torch.Tensor = out.logits[0, -1].float()
        return logits


class Draft:
    """A text that is being written: its tokens after the prompt's, and whether more are to come."""

    def __init__(self, prompt: Sequence[int], sampling: Sampling, tokenizer: HubTokenizer) -> None:
        self.ids = list(prompt)
        self.text, self.finished = "", False
        self._start, self._sampling, self._tokenizer = len(prompt), sampling, tokenizer
        self._random = torch.Generator().manual_seed(sampling.seed)

    @property
    def written(self) -> tuple[int, ...]:
        return tuple(self.ids[self._start :])

    @property
    def open(self) -> bool:
        return not self.finished and len(self.ids) < self._start + self._sampling.max_tokens

    def take(self, logits: torch.Tensor) -> None:
        """Choose the next token; the model's end token closes the text and is no part of it."""
        token = pick(logits, self._sampling, self._random)
        if token in self._tokenizer.end_tokens:
            self.finished = True
            return
        self.ids.append(token)
        self.text, self.finished = stopped(self._tokenizer.decode(self.written), self._sampling.stop)
        self.finished = self.finished or (self._sampling.stop_loops and looping(self.text))


@dataclass(frozen=True, slots=True)
class Writer:
    """What all ways of writing need."""

    model: FrozenModel
    tokenizer: HubTokenizer
    cache: PromptCache

    def text(self, prompt: Sequence[int], sampling: Sampling, cancel: Cancel, hear: Hear) -> Generated:
        """Greedy or sampled text; `hear` is given the text so far after each token."""
        line = Line(prompt, sampling.max_tokens, self.model, self.cache, cancel)
        draft = Draft(prompt, sampling, self.tokenizer)
        while draft.open:
            before = len(draft.ids)
            draft.take(line.after(draft.ids))
            if len(draft.ids) > before:
                hear(draft.text)
        usage = Usage(line.passes, len(prompt), line.cached, generated_tokens=len(draft.written))
        return Generated(draft.text, draft.written, draft.finished, usage)

    def texts(self, prompts: Sequence[Sequence[int]], sampling: Sampling, cancel: Cancel) -> list[Generated]:
        """What `text` writes after each prompt, with one pass for the next tokens of all. The passes of many texts sum
        up to those made: one that writes for several counts for the first of them."""
        drafts = [Draft(prompt, sampling, self.tokenizer) for prompt in prompts]
        spent = [Usage(prompt_tokens=len(prompt)) for prompt in prompts]
        rows = max(map(len, prompts), default=0) + sampling.max_tokens
        left = [i for i, draft in enumerate(drafts) if draft.open]
        while left:
            abreast = Abreast(rows, self.model, cancel)
            while left and abreast.has_room:
                index = left.pop(0)
                line = Line(prompts[index], 0, self.model, self.cache, cancel)
                drafts[index].take(line.after(prompts[index]))
                spent[index] += Usage(passes=line.passes, cached_tokens=line.cached)
                if drafts[index].open:
                    abreast.join(index, line.pairs())
            while abreast.members:
                spent[abreast.members[0]] += Usage(passes=1)
                for index, logits in abreast.step([drafts[i].ids[-1] for i in abreast.members]):
                    drafts[index].take(logits)
                abreast.leave([i for i in abreast.members if not drafts[i].open])
        return [
            Generated(d.text, d.written, d.finished, usage + Usage(generated_tokens=len(d.written)))
            for d, usage in zip(drafts, spent, strict=True)
        ]

    def listed(
        self,
        prompt: str,
        lines: Sequence[str],
        sampling: Sampling,
        n: int,
        between: Between,
        room: int,
        cancel: Cancel,
        hear: Hear,
    ) -> WrittenList:
        """See `Engine.write_list`; the list takes `room` tokens at most."""
        ids = self.tokenizer.encode(prompt)
        line = Line(ids, room, self.model, self.cache, cancel)
        seen: list[int] = list(ids[: line.length])

        def read(path: Sequence[int]) -> torch.Tensor:
            # A prompt of a space may end up within the first token of every line.
            if not path:
                raise ModelError(NOTHING_BEFORE)
            # What the text became may be tokenised otherwise than what was read; the last token is read for its logits.
            line.back_to(split_point(seen, [path[:-1]]))
            seen[:] = path
            return line.after(path)

        written = write_lines(prompt, lines, n, between, self.tokenizer.encode_batch, read, sampling, hear)
        new = len(self.tokenizer.encode(prompt + written.text)) - len(ids)
        usage = Usage(line.passes, len(ids), line.cached, generated_tokens=new)
        return WrittenList(written.text, written.order, written.chances, usage)
