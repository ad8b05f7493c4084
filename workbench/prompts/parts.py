"""How many of a prompt's tokens came from which of its inputs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.engine.protocol import Tokenizer
from workbench.errors import Problem, PromptTooLong
from workbench.records import Prompt, Span

OWN_TEXT = "template"
"""The kind of what the template's author wrote, and of the chat template around it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Tokens of the prompt that came from one input. `kind` is a SpanKind or OWN_TEXT."""

    kind: str
    ref: str
    tokens: int


def parts_of(spans: Sequence[Span], offsets: Sequence[tuple[int, int]]) -> tuple[Part, ...]:
    """Tokens by where they came from, in order of first appearance; a token belongs to the span that its end lies in.

    The end, since a token usually carries the space before its word.
    """
    counts: Counter[tuple[str, str]] = Counter()
    at = 0
    for start, end in offsets:
        while at < len(spans) and spans[at].end < end:
            at += 1
        inside = at < len(spans) and spans[at].start < end and end > start
        counts[(spans[at].kind, spans[at].ref) if inside else (OWN_TEXT, "")] += 1
    return tuple(Part(kind, ref, tokens) for (kind, ref), tokens in counts.items())


def with_largest_part(error: PromptTooLong, prompt: Prompt, tokenizer: Tokenizer) -> PromptTooLong:
    """The error, and which kind of input takes most of the prompt that it tells of."""
    parts = parts_of(prompt.spans, tokenizer.offsets(prompt.text))
    tokens: Counter[str] = Counter()
    for part in parts:
        tokens[part.kind] += part.tokens
    if not tokens:
        return error
    kind, most = tokens.most_common(1)[0]
    pieces = len({part.ref for part in parts if part.kind == kind})
    name, fix = LARGEST[kind]
    what = f"the largest part of the prompt is {name}: {most} of {tokens.total()} tokens"
    return PromptTooLong(*error.problems, Problem(f"{what}, in {pieces} pieces" if pieces > 1 else what, "prompt", fix))


LARGEST = {
    "user": ("the user's description", "shorten it"),
    "history": ("the history", "show fewer of its items, or less of each"),
    "candidate": ("the candidates", "ask for fewer, or show less of each"),
    "exemplar": ("the exemplars", "show fewer, or less of each"),
    OWN_TEXT: ("the template's own text", "shorten it"),
}
