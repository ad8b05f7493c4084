"""What a prompt will be before it is run: its text, its tokens, and which part takes how many."""

from dataclasses import dataclass

from workbench.engine.protocol import Tokenizer
from workbench.prompts import parse
from workbench.prompts.parts import Part, parts_of
from workbench.ranking import METHODS
from workbench.recommender import Prepared, final_prompt, first_inputs
from workbench.records import Prompt
from workbench.variant import Variant


@dataclass(frozen=True, slots=True)
class Preview:
    """The first prompt of a run; for a method that asks about each candidate, that of the first candidate; for a
    template with steps, that of its first step."""

    prompt: Prompt
    tokens: int
    window: int
    parts: tuple[Part, ...]
    step: str | None = None
    estimated: bool = False
    """Whether the tokens are a guess, because the model is elsewhere and its tokenizer is not at hand."""


def preview(variant: Variant, prepared: Prepared, tokenizer: Tokenizer, *, step: str | None = None) -> Preview:
    """Render the prompt as a run would. Raises TemplateError. Milliseconds: the model's weights are not needed."""
    template = parse(variant.template)
    method = METHODS.get(variant.method.name)
    asks_each = bool(method and method.asks_each_candidate)
    inputs = first_inputs(template, prepared.inputs, asks_each_candidate=asks_each)
    prompt = final_prompt(template, inputs, tokenizer, step=step)
    offsets = tokenizer.offsets(prompt.text)
    parts = parts_of(prompt.spans, offsets)
    return Preview(prompt, len(offsets), tokenizer.context_window, parts, step, tokenizer.estimated)
