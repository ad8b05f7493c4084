"""Ranking by a list that the model writes and that can hold nothing but candidates."""

import re
from dataclasses import dataclass
from typing import ClassVar

from workbench.engine.answers import WrittenList
from workbench.engine.protocol import Between, Cancel, Engine, Sampling
from workbench.options import option
from workbench.ranking.joining import joined
from workbench.ranking.protocol import Outcome, Question, writing
from workbench.records import MatchedLine

_NUMBERED = re.compile(r"(?<![\w.,])1([.)、:．：）][ \t]*)\Z")
_BULLET = re.compile(r"(?:^|\n)([ \t]*[-*•][ \t]*)\Z")


@dataclass(frozen=True, slots=True)
class Constrained:
    """At every choice only tokens that lead to a candidate that is left may be taken: an invented item is impossible.
    The score is the reciprocal of the place. After De Cao et al. (2021), "Autoregressive Entity Retrieval"."""

    summary: ClassVar[str] = "The model writes the list, and at each word may only go on towards a candidate."
    cost: ClassVar[str] = "one pass over the prompt, then a small pass for each choice: about k times the log of n"
    asks_each_candidate: ClassVar[bool] = False
    writes_text: ClassVar[bool] = True
    asks_by_letter: ClassVar[int] = 0
    goes_on: ClassVar[str] = "a list of titles"
    needs_tokens: ClassVar[bool] = True

    temperature: float = option(
        0.0, "Temperature", "0 always takes the likeliest word.", minimum=0.0, maximum=2.0, step=0.1
    )
    top_p: float = option(
        1.0,
        "Top p",
        "Words are drawn from the likeliest ones that hold this share.",
        minimum=0.01,
        maximum=1.0,
        step=0.05,
    )
    whole: bool = option(
        False, "Write all candidates", "Else as many as the list is long (k); the others are left out."
    )

    @property
    def shows(self) -> None:
        return None

    def rank(self, question: Question, engine: Engine, *, cancel: Cancel) -> Outcome:
        prompt = question.render(question.inputs)
        items = question.inputs.candidates
        begun, between = _form(prompt.text)
        start = prompt.text + begun
        n = len(items) if self.whole else min(question.inputs.k, len(items))
        hear = writing(question.on_progress, n)
        written = engine.write_list(
            start,
            [joined(start, question.answer_text(item)) for item in items],
            Sampling(temperature=self.temperature, top_p=self.top_p, seed=question.seed),
            n=n,
            between=between,
            cancel=cancel,
            on_text=lambda text: hear(begun + text),
        )
        ids = [items[at].id for at in written.order]
        return Outcome(
            scores={item_id: 1.0 / place for place, item_id in enumerate(ids, start=1)},
            prompt=prompt,
            usage=written.usage,
            lines=tuple(
                MatchedLine(question.answer_text(items[at]), "exact", items[at].id, 1.0) for at in written.order
            ),
            output=begun + written.text,
            explanations=_said(ids, written),
        )


def _form(prompt: str) -> tuple[str, Between]:
    """What begins the list, and what stands between its lines: numbers or bullets as the prompt has begun them, on a
    line of their own or after other words, else numbers."""
    if bullet := _BULLET.search(prompt):
        return "", lambda place: f"\n{bullet[1]}"
    begun = _NUMBERED.search(prompt)
    mark = begun[1] if begun else "."
    start = "" if begun else "1." if prompt.endswith("\n") else "\n1."
    return start, lambda place: f"\n{place + 1}{mark}"


def _said(ids: list[str], written: WrittenList) -> dict[str, str]:
    chances = zip(ids, written.chances, strict=True)
    return {i: f"written in place {at} with a chance of {c:.1%}" for at, (i, c) in enumerate(chances, start=1)}
