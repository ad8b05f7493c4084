"""Ranking by the likelihood of each candidate's title as the prompt's continuation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from workbench.engine.answers import Scored
from workbench.engine.protocol import Cancel, Engine
from workbench.errors import Problem, VariantError
from workbench.options import option
from workbench.ranking.calibration import NOTHING_READ, Priors, contrast_of, priors_of
from workbench.ranking.joining import joined
from workbench.ranking.protocol import Outcome, Question
from workbench.records import Prompt, Usage

NOBODY_KNOWN = "nobody else's history is known: contrasted with random items"


@dataclass(frozen=True, slots=True)
class Likelihood:
    """sum: log P(title | prompt). mean: that per token. calibrated: sum - weight * log P(title | content-free prompt),
    pointwise mutual information at weight 1 (Holtzman et al., 2021, "Surface Form Competition"). contrasted: sum -
    weight * log mean_u P(title | the same prompt about user u), over `contexts` other users u."""

    summary: ClassVar[str] = "How likely the model finds each candidate's title as the next words."
    cost: ClassVar[str] = (
        "one pass over the prompt with all n titles packed behind it; calibrated adds one for new titles, contrasted "
        "one for each other user"
    )
    asks_each_candidate: ClassVar[bool] = False
    writes_text: ClassVar[bool] = False
    asks_by_letter: ClassVar[int] = 0
    goes_on: ClassVar[str] = "a title"
    needs_tokens: ClassVar[bool] = False

    normalisation: str = option(
        "calibrated",
        "Normalisation",
        "sum favours short titles, mean long ones; calibrated takes off how likely the title is for nobody in "
        "particular, contrasted how likely it is for other users.",
        choices=("sum", "mean", "calibrated", "contrasted"),
    )
    weight: float = option(
        1.0,
        "Weight of the calibration",
        "How much of a title's own likelihood is taken off; only for calibrated and contrasted.",
        minimum=0.0,
        maximum=2.0,
        step=0.1,
    )
    contexts: int = option(
        8,
        "Other users",
        "How many others' histories the prompt is read with; only for contrasted.",
        minimum=1,
        maximum=64,
    )

    @property
    def shows(self) -> None:
        return None

    def rank(self, question: Question, engine: Engine, *, cancel: Cancel) -> Outcome:
        prompt = question.render(question.inputs)
        answers = [question.answer_text(item) for item in question.inputs.candidates]
        ids = [item.id for item in question.inputs.candidates]
        found = engine.loglikelihood(prompt.text, [joined(prompt.text, a) for a in answers], cancel=cancel)
        if self.normalisation in ("sum", "mean"):
            return self._plain(ids, found.scored, prompt, found.usage)
        base = self._base(answers, question, engine, cancel)
        terms = list(zip(ids, found.scored, base.priors.totals, strict=True))
        alike = all(other.text == prompt.text for other in base.priors.prompts)
        return Outcome(
            # The same question twice: what rounding leaves between its answers is no score.
            scores={i: (prior if alike else s.total) - self.weight * prior for i, s, prior in terms},
            prompt=prompt,
            usage=found.usage + base.priors.usage,
            explanations={
                i: f"{s.total:.2f} here − {self.weight:g} × {prior:.2f} for {base.whom}, {_tokens(s)}"
                for i, s, prior in terms
            },
            warnings=(*base.warnings, NOTHING_READ) if alike else base.warnings,
        )

    def _base(self, answers: Sequence[str], question: Question, engine: Engine, cancel: Cancel) -> "_Base":
        if self.normalisation == "calibrated":
            return _Base(priors_of(answers, question.inputs, question, engine, cancel=cancel), "anybody")
        contexts = question.others(self.contexts)
        if not contexts:
            what = "there is no other user to contrast with"
            raise VariantError(Problem(what, "normalisation contrasted", "choose calibrated"))
        priors = contrast_of(answers, question.inputs, question, engine, contexts=contexts, cancel=cancel)
        if any(context.source == "random items" for context in contexts):
            return _Base(priors, f"{len(contexts)} random histories", (NOBODY_KNOWN,))
        return _Base(priors, f"{len(contexts)} other users")

    def _plain(self, ids: Sequence[str], scored: Sequence[Scored], prompt: Prompt, usage: Usage) -> Outcome:
        mean = self.normalisation == "mean"
        scores = {i: s.mean if mean else s.total for i, s in zip(ids, scored, strict=True)}
        said = {i: f"{s.total:.2f} over {_tokens(s)}" for i, s in zip(ids, scored, strict=True)}
        return Outcome(scores, prompt, usage, explanations=said)


def _tokens(scored: Scored) -> str:
    n = len(scored.token_ids)
    return "1 token" if n == 1 else f"{n} tokens"


@dataclass(frozen=True, slots=True)
class _Base:
    """What is taken off, and in words whose likelihood it is."""

    priors: Priors
    whom: str
    warnings: tuple[str, ...] = ()
