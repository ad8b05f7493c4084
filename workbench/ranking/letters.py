"""Asking by letters: some candidates stand in the prompt as A, B, C …, and the letter that would be written is read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.engine.answers import Scores
from workbench.engine.protocol import Cancel, Engine, Request
from workbench.ranking.asking import ask_many, grouped
from workbench.ranking.calibration import NOTHING_READ, content_free, rendered
from workbench.ranking.joining import joined
from workbench.ranking.protocol import Question
from workbench.ranking.spellings import softmax
from workbench.records import Item, Prompt, Usage

MOST = 26
CALIBRATED = (
    "Takes off how likely each letter is when nothing is said of the user: models favour A whatever stands behind it. "
    "Costs as many prompts again."
)


@dataclass(frozen=True, slots=True)
class Ballot:
    """The chance of each shown item, in the order shown; they sum to 1."""

    chances: tuple[float, ...]
    prompt: Prompt
    usage: Usage
    warnings: tuple[str, ...] = ()

    @property
    def best(self) -> int:
        """The place of the likeliest; the first one shown where several are."""
        return self.chances.index(max(self.chances))


def letter(place: int) -> str:
    """The letter of a place, from 0."""
    return chr(ord("A") + place)


def ask_all(
    sets: Sequence[Sequence[Item]], question: Question, engine: Engine, *, calibrated: bool, cancel: Cancel
) -> list[Ballot]:
    """For each set (1 to 26 items) a prompt that shows it, in its order, and the chance of each one's letter after it.

    Calibrated after Zhao et al. (2021), "Calibrate Before Use": the content-free prompt keeps the candidates, so that
    what is taken off is what letters and titles have without a user. Raises TemplateError as `calibration.rendered`.
    """
    return [
        ballot
        for group in grouped(sets)
        for ballot in _ask_group(group, question, engine, calibrated=calibrated, cancel=cancel)
    ]


def _ask_group(
    sets: Sequence[Sequence[Item]], question: Question, engine: Engine, *, calibrated: bool, cancel: Cancel
) -> list[Ballot]:
    asked = [replace(question.inputs, candidates=tuple(items)) for items in sets]
    prompts = [question.render(inputs) for inputs in asked]
    here = [_request(prompt, items) for prompt, items in zip(prompts, sets, strict=True)]
    if not calibrated:
        found = ask_many(here, engine, cancel=cancel)
        return [_ballot(prompt, scores) for prompt, scores in zip(prompts, found, strict=True)]
    without = [
        rendered(replace(content_free(i), candidates=i.candidates), question, "without user and history") for i in asked
    ]
    base = [_request(prompt, items) for prompt, items in zip(without, sets, strict=True)]
    found = ask_many([*here, *base], engine, cancel=cancel)
    pairs = zip(found[: len(sets)], found[len(sets) :], strict=True)
    return [
        _ballot(prompt, scores, prior, alike=nobody.text == prompt.text)
        for prompt, nobody, (scores, prior) in zip(prompts, without, pairs, strict=True)
    ]


def _request(prompt: Prompt, items: Sequence[Item]) -> Request:
    return prompt.text, [joined(prompt.text, letter(at)) for at in range(len(items))]


def _ballot(prompt: Prompt, here: Scores, prior: Scores | None = None, *, alike: bool = False) -> Ballot:
    logits = [scored.total for scored in here.scored]
    if prior is None:
        return Ballot(tuple(softmax(logits)), prompt, here.usage)
    # The same question twice: what rounding leaves between its answers is no score.
    logits = [0.0 if alike else logit - base.total for logit, base in zip(logits, prior.scored, strict=True)]
    return Ballot(tuple(softmax(logits)), prompt, here.usage + prior.usage, (NOTHING_READ,) if alike else ())
