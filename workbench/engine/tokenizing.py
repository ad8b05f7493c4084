"""A model's tokenizer and chat template, without its weights."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jinja2

from workbench.errors import Problem, TemplateError
from workbench.records import Message, Prompt, Span

BETWEEN_MESSAGES = "\n\n"
"""How a chat prompt's messages are joined in `Prompt.text` before the chat template is applied."""


class HubTokenizer:
    """Implements `Tokenizer` over a fast tokenizer of transformers."""

    estimated = False

    def __init__(self, tokenizer: Any, *, context_window: int, end_tokens: frozenset[int]) -> None:
        self._tokenizer = tokenizer
        self.context_window = context_window
        self.end_tokens = end_tokens
        self.has_chat_template = bool(tokenizer.chat_template)
        added = {str(t) for t in tokenizer.added_tokens_decoder.values() if t.special}
        self.control_tokens = tuple(sorted({*tokenizer.all_special_tokens, *added}, key=len, reverse=True))
        # Only the start token is taken from the tokenizer's own post-processing: some add an end token as well,
        # which would close the text that a continuation is to follow.
        plain, processed = self._ids(["a"], special=False)[0], self._ids(["a"], special=True)[0]
        starts = processed[:1] == [tokenizer.bos_token_id] and plain[:1] != processed[:1]
        self._start: list[int] = processed[:1] if starts else []

    def _ids(self, texts: Sequence[str], *, special: bool) -> list[list[int]]:
        ids: list[list[int]] = self._tokenizer(list(texts), add_special_tokens=special, verbose=False)["input_ids"]
        return ids

    def _prefix(self, text: str) -> list[int]:
        # A chat template often writes the start token itself.
        return [] if self._start and text.startswith(self._tokenizer.bos_token) else self._start

    def without_start(self, text: str) -> str:
        """The text less a start token that `encode`, and a server of the same model, would put before it."""
        return text.removeprefix(self._tokenizer.bos_token) if self._start else text

    def encode(self, text: str) -> list[int]:
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """`encode` of many texts at once."""
        found = self._ids(texts, special=False) if texts else []
        return [[*self._prefix(text), *ids] for text, ids in zip(texts, found, strict=True)]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        found = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return [*((0, 0) for _ in self._prefix(text)), *((int(a), int(b)) for a, b in found["offset_mapping"])]

    def decode(self, token_ids: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(token_ids), skip_special_tokens=True)
        return text

    def finish(self, prompt: Prompt) -> Prompt:
        if not prompt.messages:
            return prompt
        if not self.has_chat_template:
            raise TemplateError(
                Problem(
                    "the template has chat roles and this model has no chat template",
                    "template",
                    "set `format: plain` in its front matter and drop the role blocks, or choose an instruct model",
                )
            )
        is_open = prompt.messages[-1].role == "assistant"
        turns = [{"role": m.role, "content": m.text} for m in prompt.messages]
        try:
            text: str = self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=not is_open, continue_final_message=is_open
            )
        except (jinja2.TemplateError, ValueError) as error:  # a model's own template raises what it does not take
            what = f"the chat template of this model refuses the roles of this one: {error}"
            fix = "write what a `system` block says into the `user` block, or choose another model"
            raise TemplateError(Problem(what, "template", fix)) from error
        return replace(prompt, text=text, spans=moved_spans(prompt.messages, prompt.spans, text))


def moved_spans(messages: Sequence[Message], spans: Sequence[Span], text: str) -> tuple[Span, ...]:
    """Spans in the joined messages, as spans in the text that the chat template made of them."""
    moved: list[Span] = []
    before, cursor = 0, 0
    for message in messages:
        end = before + len(message.text)
        at = text.find(message.text, cursor)
        if at >= 0:
            inside = (s for s in spans if before <= s.start and s.end <= end)
            moved.extend(replace(s, start=s.start - before + at, end=s.end - before + at) for s in inside)
            cursor = at + len(message.text)
        before = end + len(BETWEEN_MESSAGES)
    return tuple(moved)
