"""Render a template to a prompt: text or messages, and which characters came from which input."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from workbench.errors import Problem, TemplateError
from workbench.prompts.failures import told
from workbench.prompts.limits import LimitReached, Limits, Render, rendering
from workbench.prompts.marks import Marks, Piece, Text, break_crossing, broken, one_line, read_back, step_part
from workbench.prompts.template import ANSWER, MAIN, Template
from workbench.prompts.values import item_record, variables
from workbench.records import Item, Message, Prompt, PromptInputs, Span, SpanKind

DEFAULT_ANSWER = re.compile(r"\{\{-?\s*item\.title\s*-?\}\}")
BETWEEN_MESSAGES = "\n\n"


def render(
    template: Template,
    inputs: PromptInputs,
    *,
    control_tokens: Sequence[str] = (),
    step: str | None = None,
    limits: Limits = Limits(),
) -> Prompt:
    """Render the prompt, or with `step` the prompt of that step's block.

    Control tokens in printed values are broken by a space; the author's own stay. Spans are disjoint and in order,
    the outermost input wins. Same template and inputs, same prompt. Raises TemplateError with the line, also when
    the template runs into its limits.
    """
    tokens = tuple(control_tokens)
    marks = Marks()
    raw = _run(template, MAIN, variables(inputs, marks, template.front), Render(limits, tokens, step))
    if step is not None:
        part = step_part(raw)
        if part is None:
            fix = f"write {{% step {step} %}}…{{% endstep %}}"
            raise TemplateError(Problem(f"the step `{step}` is not written", template.source.name, fix))
        raw = part
    pieces = read_back(raw)
    for piece in pieces:
        break_crossing(piece, tokens)
    return _prompt(template, pieces, _Spans(marks, inputs, tokens))


def render_answer(template: Template, item: Item, *, control_tokens: Sequence[str] = ()) -> str:
    """How the template writes an item as an answer: one line. Raises TemplateError."""
    tokens = tuple(control_tokens)
    if DEFAULT_ANSWER.fullmatch(template.front.answer.strip()):
        return broken(one_line(item.title), tokens)
    raw = _run(template, ANSWER, {"item": item_record(item)}, Render(Limits(), tokens))
    return broken(one_line(raw), tokens)


def _run(template: Template, file: str, values: Mapping[str, object], render: Render) -> str:
    try:
        with rendering(render):
            return "".join(_chunks(template, file, values, render))
    except Exception as error:
        # A template is a program that its author wrote: whatever it raises is told with its line.
        raise told(error, template) from None


def _chunks(template: Template, file: str, values: Mapping[str, object], render: Render) -> Iterator[str]:
    length = 0
    for part in template.environment.get_template(file).generate(values):
        chunk = part.raw if isinstance(part, Text) else part
        length += len(chunk)
        if length > render.limits.characters:
            raise LimitReached(f"stopped: the prompt is longer than {render.limits.characters:,} characters")
        yield chunk


class _Spans:
    """Turns a piece's marks into spans, and finds by their titles the items that left no mark."""

    def __init__(self, marks: Marks, inputs: PromptInputs, tokens: tuple[str, ...]) -> None:
        self._refs = marks.refs
        self._inputs = inputs
        self._tokens = tokens

    def of(self, piece: Piece) -> list[Span]:
        spans = [_trimmed(piece.text, Span(m.start, m.end, *self._refs[m.index])) for m in piece.marks]
        spans = [span for span in spans if span.start < span.end]
        return sorted([*spans, *self._by_title(piece, spans)], key=lambda span: span.start)

    def _by_title(self, piece: Piece, spans: list[Span]) -> Iterator[Span]:
        """Titles in printed values that no mark covers: where a template printed joined titles, not records."""
        covered = [(span.start, span.end) for span in spans]
        for start, end in piece.values:
            if any(a < end and start < b for a, b in covered):
                continue
            present = [title for title in self._titles if title in piece.text[start:end]]
            if present:
                either = "|".join(rf"(?<!\w){re.escape(title)}(?!\w)" for title in present)
                for found in re.finditer(either, piece.text[start:end]):
                    yield Span(start + found.start(), start + found.end(), *self._titles[found[0]])

    @cached_property
    def _titles(self) -> dict[str, tuple[SpanKind, str]]:
        """Title as it is printed -> what it came from, the longest first; of two inputs with one title the earlier."""
        inputs = self._inputs
        named: list[tuple[SpanKind, Item]] = [("history", item) for item in inputs.history]
        named += [("candidate", item) for item in (*inputs.candidates, inputs.candidate) if item is not None]
        titles: dict[str, tuple[SpanKind, str]] = {}
        for kind, item in named:
            titles.setdefault(broken(one_line(item.title), self._tokens), (kind, item.id))
        return {title: titles[title] for title in sorted(titles, key=len, reverse=True) if title}


def _trimmed(text: str, span: Span) -> Span:
    """The span without the white space at its ends."""
    part = text[span.start : span.end]
    start = span.start + len(part) - len(part.lstrip())
    return Span(start, max(start, span.start + len(part.rstrip())), span.kind, span.ref)


def _prompt(template: Template, pieces: list[Piece], spans: _Spans) -> Prompt:
    if template.front.format == "plain":
        if any(piece.role for piece in pieces):
            fix = "write `format: chat` in the front matter, or take the roles out"
            raise TemplateError(Problem("roles in a plain template", template.source.name, fix))
        text, found = _stripped(pieces[0], spans)
        return Prompt(text, spans=tuple(found))
    return _chat(template, pieces, spans)


def _chat(template: Template, pieces: list[Piece], spans: _Spans) -> Prompt:
    messages: list[Message] = []
    found: list[Span] = []
    at = 0
    for piece in pieces:
        text, inside = _stripped(piece, spans)
        if not text:
            continue
        if piece.role is None:
            fix = "put it inside {% system %}, {% user %} or {% assistant %}, each closed before the next begins"
            raise TemplateError(Problem(f"text outside of roles: {text[:60]!r}", template.source.name, fix))
        at += len(BETWEEN_MESSAGES) if messages else 0
        found += [Span(s.start + at, s.end + at, s.kind, s.ref) for s in inside]
        messages.append(Message(piece.role, text))
        at += len(text)
    if not messages:
        fix = "write at least one {% user %}…{% enduser %} with text in it"
        raise TemplateError(Problem("a chat template without a message", template.source.name, fix))
    return Prompt(BETWEEN_MESSAGES.join(m.text for m in messages), tuple(messages), tuple(found))


def _stripped(piece: Piece, spans: _Spans) -> tuple[str, list[Span]]:
    text = piece.text.strip()
    left = len(piece.text) - len(piece.text.lstrip())
    return text, [Span(s.start - left, s.end - left, s.kind, s.ref) for s in spans.of(piece)]
