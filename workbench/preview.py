"""What a prompt will be before it is run: its text, its tokens, and which part takes how many."""

from dataclasses import dataclass

from workbench.engine.protocol import Tokenizer
from workbench.errors import VariantError
from workbench.options import build_from
from workbench.prompts import parse
from workbench.prompts.parts import Part, parts_of
from workbench.ranking import METHODS
from workbench.ranking.protocol import RankingMethod, first_inputs
from workbench.recommender import Prepared, final_prompt
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
    method = _method(variant)
    inputs = first_inputs(prepared.inputs, method) if method else prepared.inputs
    prompt = final_prompt(template, inputs, tokenizer, step=step)
    offsets = tokenizer.offsets(prompt.text)
    parts = parts_of(prompt.spans, offsets)
    return Preview(prompt, len(offsets), tokenizer.context_window, parts, step, tokenizer.estimated)


def _method(variant: Variant) -> RankingMethod | None:
    """As it is set; as it is by default while its settings are wrong, which the checks tell."""
    kind = METHODS.get(variant.method.name)
    try:
        return build_from(METHODS, variant.method.name, variant.method.options, where="ranking method")
    except VariantError:
        return kind() if kind else None
