"""Tokenizers of a model that is elsewhere: the server's own, or none, so that tokens are estimated and chats are kept
as chats."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from workbench.engine.remote_client import Client, Refused
from workbench.engine.tokenizing import moved_spans
from workbench.errors import ModelError, Problem
from workbench.records import Message, Prompt, Span

UNKNOWN_WINDOW = 1 << 20
"""The context window of a server that does not say it."""
WELL_KNOWN: tuple[str, ...] = (
    *("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>"),
    *("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"),
    *("<|start|>", "<|message|>", "<|channel|>", "<|return|>", "<start_of_turn>", "<end_of_turn>"),
    *("<s>", "</s>", "<bos>", "<eos>", "<pad>", "<unk>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"),
)
"""What the common model families read as control. Without the tokenizer a server's own list is not to be had."""
_ROLES: dict[str, Literal["system", "user", "assistant"]] = {
    "<|workbench system|>": "system",
    "<|workbench user|>": "user",
    "<|workbench assistant|>": "assistant",
}
_MARKS = {role: mark for mark, role in _ROLES.items()}
_MARK = re.compile(f"({'|'.join(map(re.escape, _ROLES))})\n")
_PIECE = re.compile(r"\s*(?:[A-Za-z]{1,6}|\d{1,3}|[^\sA-Za-z\d])|\s+$")
"""Roughly a token: six letters, three digits, or one character of any other kind, with the white space before it."""


class EstimatedTokenizer:
    """Implements `Tokenizer` without one: its counts are estimates, good for a look and no more. A chat prompt's final
    text is a transcript that `turns` reads back, for servers that apply the chat template themselves."""

    estimated = True
    has_chat_template = True
    # The marks of the transcript are among them, so that no item or user text can open a turn of its own.
    control_tokens: tuple[str, ...] = (*_MARKS.values(), *WELL_KNOWN)

    def __init__(self, context_window: int) -> None:
        self.context_window = context_window

    def encode(self, text: str) -> list[int]:
        return list(range(len(self.offsets(text))))

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in _PIECE.finditer(text)]

    def decode(self, token_ids: Sequence[int]) -> str:
        raise ModelError(Problem("there is no tokenizer to read token ids with", "model", "name one: ?tokenizer="))

    def finish(self, prompt: Prompt) -> Prompt:
        if not prompt.messages:
            return prompt
        text, before, moved = "", 0, list[Span]()
        for message in prompt.messages:
            text += f"{_MARKS[message.role]}\n"
            end, by = before + len(message.text), len(text) - before
            inside = (s for s in prompt.spans if before <= s.start and s.end <= end)
            moved += [replace(s, start=s.start + by, end=s.end + by) for s in inside]
            text += f"{message.text}\n"
            before = end + len("\n\n")
        return replace(prompt, text=text, spans=tuple(moved))


def turns(text: str) -> tuple[Message, ...]:
    """The messages of a transcript that `EstimatedTokenizer.finish` wrote; () for a plain prompt."""
    if not _MARK.match(text):
        return ()
    _, *parts = _MARK.split(text)
    said = zip(parts[::2], parts[1::2], strict=True)
    return tuple(Message(_ROLES[mark], text.removesuffix("\n")) for mark, text in said)


class ServerTokenizer:
    """Implements `Tokenizer` by vLLM's `/tokenize` and `/detokenize`: the server's own counts and chat template. How
    many tokens each part of a prompt takes is estimated: the server does not say where a token starts."""

    estimated = False
    has_chat_template = True
    control_tokens = WELL_KNOWN

    def __init__(self, client: Client, context_window: int) -> None:
        self.context_window = context_window
        self._client = client
        self._cached = lru_cache(maxsize=512)(self._tokens)
        marked, plain = self._ids("a", special=True), self._ids("a", special=False)
        self._start = self.decode(marked[: len(marked) - len(plain)]) if marked[-len(plain) :] == plain else ""

    def encode(self, text: str) -> list[int]:
        return list(self._cached(self.without_start(text)))

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """`encode` of many texts, several at a time."""
        return list(self._client.each(lambda text, _: self.encode(text), texts))

    def offsets(self, text: str) -> list[tuple[int, int]]:
        n = len(self.encode(text))
        return [(i * len(text) // n, (i + 1) * len(text) // n) for i in range(n)]

    def decode(self, token_ids: Sequence[int]) -> str:
        if not token_ids:
            return ""
        body = {"model": self._client.address.model, "tokens": list(token_ids)}
        return str(self._client.post("/detokenize", body, tries=2).get("prompt", ""))

    def without_start(self, text: str) -> str:
        """The text less a start token that the server would put before it once more."""
        return text.removeprefix(self._start)

    def finish(self, prompt: Prompt) -> Prompt:
        if not prompt.messages:
            return prompt
        is_open = prompt.messages[-1].role == "assistant"
        body = {
            "model": self._client.address.model,
            "messages": [{"role": m.role, "content": m.text} for m in prompt.messages],
            "add_generation_prompt": not is_open,
            "continue_final_message": is_open,
        }
        text = self.decode(_numbers(self._client.post("/tokenize", body, tries=2).get("tokens")))
        return replace(prompt, text=text, spans=moved_spans(prompt.messages, prompt.spans, text))

    def _tokens(self, text: str) -> tuple[int, ...]:
        return tuple(self._ids(text, special=True))

    def _ids(self, text: str, *, special: bool) -> list[int]:
        body = {"model": self._client.address.model, "prompt": text, "add_special_tokens": special}
        return _numbers(self._client.post("/tokenize", body, tries=2).get("tokens"))


def _numbers(found: object) -> list[int]:
    if not isinstance(found, list) or not all(isinstance(i, int) for i in found):
        raise ModelError(Problem("the server's /tokenize gives no token ids", "model", "name a ?tokenizer="))
    return found


def server_tokenizer(client: Client, context_window: int) -> ServerTokenizer | EstimatedTokenizer:
    """The server's own where it answers for it, else estimates."""
    try:
        return ServerTokenizer(client, context_window)
    except Refused:
        return EstimatedTokenizer(context_window)
    except ModelError as error:
        # A web page or another format at that address: no tokenizer of this kind.
        if type(error) is ModelError:
            return EstimatedTokenizer(context_window)
        raise
