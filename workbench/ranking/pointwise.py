"""Ranking by one question about each candidate, answered by the template's labels."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from workbench.engine.answers import Scored
from workbench.engine.protocol import Cancel, Engine
from workbench.errors import Problem, VariantError
from workbench.options import option
from workbench.ranking.asking import ask_many, spent
from workbench.ranking.calibration import NOTHING_READ, nobody, totals_of
from workbench.ranking.joining import joined
from workbench.ranking.protocol import Outcome, Question
from workbench.ranking.spellings import (
    Spelt,
    counted,
    exclusive,
    extensions,
    label_totals,
    numbers_of,
    softmax,
    spelt,
    worths,
)
from workbench.records import Prompt, PromptInputs, Usage


@dataclass(frozen=True, slots=True)
class Pointwise:
    """The expected label, the best worth 1 and the worst 0, between them in even steps or as numbers lie; with Yes and
    No that is P(Yes).

    After Nogueira et al. (2020), "Document Ranking with a Pretrained Sequence-to-Sequence Model", and Zhuang et al.
    (2024), "Beyond Yes and No", for more than two labels. A label's chance is the sum over its ways of writing, the
    verbaliser of Schick and Schütze (2021), "Exploiting Cloze Questions".
    """

    summary: ClassVar[str] = "One question for each candidate; the score is the expected answer among the labels."
    cost: ClassVar[str] = "n prompts, of which the part before the candidate is computed once; calibrated adds n more"
    asks_each_candidate: ClassVar[bool] = True
    writes_text: ClassVar[bool] = False
    asks_by_letter: ClassVar[int] = 0
    goes_on: ClassVar[str] = "a label"
    needs_tokens: ClassVar[bool] = False

    calibrated: bool = option(
        False, "Calibrated", "Takes off how likely each label is for this candidate when nothing is said of the user."
    )

    @property
    def shows(self) -> None:
        return None

    def rank(self, question: Question, engine: Engine, *, cancel: Cancel) -> Outcome:
        labels = question.labels
        if len(labels) < 2:
            what = f"the template names {len(labels)} labels, this method needs two or more"
            raise VariantError(Problem(what, "template", "add `labels: [Yes, No]` to its front matter, best first"))
        items = question.inputs.candidates
        asked = [replace(question.inputs, candidate=item) for item in items]
        prompts = [question.render(inputs) for inputs in asked]
        found = self._logits(prompts, asked, question, engine, cancel)
        told = {item.id: softmax(logits) for item, logits in zip(items, found.logits, strict=True)}
        return Outcome(
            scores={i: _expected(chances, worths(labels)) for i, chances in told.items()},
            prompt=prompts[0] if prompts else Prompt(""),
            usage=found.usage,
            explanations={i: _said(labels, chances) for i, chances in told.items()},
            chances={i: dict(zip(labels, chances, strict=True)) for i, chances in told.items()},
            warnings=found.warnings,
        )

    def _logits(
        self,
        prompts: Sequence[Prompt],
        asked: Sequence[PromptInputs],
        question: Question,
        engine: Engine,
        cancel: Cancel,
    ) -> "_Logits":
        """The log-probability of each label after each prompt, without what it is for anybody if calibrated."""
        ways = spelt(question.labels, question.verbaliser)
        flat = [word for written in ways.values() for word in written]
        requests = [(prompt.text, [joined(prompt.text, word) for word in flat]) for prompt in prompts]
        found = ask_many(requests, engine, cancel=cancel, on_progress=question.on_progress)
        kept = [_kept(scores.scored, ways) for scores in found]
        longer = [extensions(scores.scored, k) for scores, k in zip(found, kept, strict=True)]

        def of_labels(rows: Iterable[Sequence[float]]) -> list[list[float]]:
            each = zip(rows, kept, longer, strict=True)
            return [label_totals(exclusive(totals, beyond), k, ways) for totals, k, beyond in each]

        here = of_labels([s.total for s in scores.scored] for scores in found)
        if not self.calibrated:
            return _Logits(here, spent(found))
        without = [nobody(inputs, question) for inputs in asked]
        totals, more = totals_of(flat, without, question, engine, cancel=cancel)
        base = of_labels(totals)
        same = [a.text == b.text for a, b in zip(prompts, without, strict=True)]
        # The same question twice: what rounding leaves between its answers is no score.
        here = [prior if like else row for like, row, prior in zip(same, here, base, strict=True)]
        return _Logits(
            [[a - b for a, b in zip(row, prior, strict=True)] for row, prior in zip(here, base, strict=True)],
            spent(found) + more,
            (NOTHING_READ,) if same and all(same) else (),
        )


@dataclass(frozen=True, slots=True)
class _Logits:
    """For each candidate a number for each label, and what they cost."""

    logits: list[list[float]]
    usage: Usage
    warnings: tuple[str, ...] = ()


def _kept(scored: Sequence[Scored], ways: Spelt) -> list[bool]:
    kept, at = [], 0
    for written in ways.values():
        kept += counted(scored[at : at + len(written)])
        at += len(written)
    return kept


def _expected(chances: Sequence[float], values: Sequence[float]) -> float:
    return sum(chance * value for chance, value in zip(chances, values, strict=True))


def _said(labels: Sequence[str], chances: Sequence[float]) -> str:
    each = ", ".join(f"{label} {chance:.1%}" for label, chance in zip(labels, chances, strict=True))
    numbers = numbers_of(labels)
    return each if numbers is None else f"{_expected(chances, numbers):.2f} expected: {each}"
