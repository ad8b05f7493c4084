"""What a model says to the same question about nobody, or about others: the base of calibrated scores."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.engine.protocol import Cancel, Engine
from workbench.errors import Problem, TemplateError
from workbench.ranking.asking import ask_many, spent
from workbench.ranking.joining import joined
from workbench.ranking.protocol import Context, Question
from workbench.records import Prompt, PromptInputs, Usage

NOTHING_READ = "the prompt says the same about everybody: calibrated scores are all alike"


@dataclass(frozen=True, slots=True)
class Priors:
    """The base log-probability of each answer, the prompts that it is the mean of, and what was spent on those answers
    that were not yet known."""

    totals: tuple[float, ...]
    prompts: tuple[Prompt, ...]
    usage: Usage = Usage()


def content_free(inputs: PromptInputs) -> PromptInputs:
    """The same question about nobody: no description, history, time, candidates or earlier steps; exemplars stay,
    and so does the one candidate that a pointwise template asks about."""
    return replace(inputs, description="", history=(), candidates=(), time="", steps=dict.fromkeys(inputs.steps, ""))


def about(context: Context, inputs: PromptInputs) -> PromptInputs:
    """The same question about another user: all stays but description, history and what earlier steps said of them."""
    return replace(
        inputs, description=context.description, history=context.history, steps=dict.fromkeys(inputs.steps, "")
    )


def priors_of(
    answers: Sequence[str], inputs: PromptInputs, question: Question, engine: Engine, *, cancel: Cancel
) -> Priors:
    """Totals of `answers` after the content-free rendering of `inputs`: from the memo, and computed where missing.

    The idea of a content-free prompt is from Zhao et al. (2021), "Calibrate Before Use". Raises TemplateError when
    the template can't do without a user.
    """
    prompt = nobody(inputs, question)
    (totals,), usage = totals_of(answers, (prompt,), question, engine, cancel=cancel)
    return Priors(totals, (prompt,), usage)


def contrast_of(
    answers: Sequence[str],
    inputs: PromptInputs,
    question: Question,
    engine: Engine,
    *,
    contexts: Sequence[Context],
    cancel: Cancel,
) -> Priors:
    """log of the mean chance of each answer over the same question about others: log mean_u P(answer | u).

    Memo, and errors, as with `priors_of`; one prompt for each context that has answers not yet known, all at once.
    """
    prompts = tuple(rendered(about(c, inputs), question, "for another user") for c in contexts)
    totals, usage = totals_of(answers, prompts, question, engine, cancel=cancel)
    means = tuple(log_mean_exp(column) for column in zip(*totals, strict=True))
    return Priors(means, prompts, usage)


def log_mean_exp(logs: Sequence[float]) -> float:
    """log of the mean of exp(logs), without leaving the range of floats."""
    highest = max(logs)
    if math.isinf(highest):
        return highest
    return highest + math.log(math.fsum(math.exp(value - highest) for value in logs) / len(logs))


def nobody(inputs: PromptInputs, question: Question) -> Prompt:
    """The content-free rendering of `inputs`. Raises TemplateError as `rendered`."""
    return rendered(content_free(inputs), question, "without user and history")


def rendered(inputs: PromptInputs, question: Question, how: str) -> Prompt:
    """The prompt of what a calibration asks. Raises TemplateError with what to do when the template fails on it."""
    try:
        return question.render(inputs)
    except TemplateError as error:
        fix = "guard it with {% if history %}, or rank without calibration"
        what = f"the calibration renders the template {how}, and it fails"
        raise TemplateError(Problem(what, "template", fix), *error.problems) from error


def totals_of(
    answers: Sequence[str], prompts: Sequence[Prompt], question: Question, engine: Engine, *, cancel: Cancel
) -> tuple[list[tuple[float, ...]], Usage]:
    """log P(answer | prompt) of each answer after each prompt, and what those cost that the memo had not. What is
    missing of all prompts is asked at once."""
    scopes = {prompt.text: f"{question.memo_scope}:{_hash(prompt.text)}" for prompt in prompts}
    names = {answer: _hash(answer) for answer in answers}
    known: dict[tuple[str, str], float] = {}
    missing: dict[str, list[str]] = {}
    for text, scope in scopes.items():
        for answer, name in names.items():
            if (numbers := question.memo.get(f"{scope}:{name}")) is not None:
                known[text, answer] = numbers[0]
            else:
                missing.setdefault(text, []).append(answer)
    requests = [(text, [joined(text, answer) for answer in wanted]) for text, wanted in missing.items()]
    found = ask_many(requests, engine, cancel=cancel)
    fresh = {
        (text, answer): scored.total
        for (text, wanted), scores in zip(missing.items(), found, strict=True)
        for answer, scored in zip(wanted, scores.scored, strict=True)
    }
    question.memo.update({f"{scopes[text]}:{names[answer]}": [total] for (text, answer), total in fresh.items()})
    known |= fresh
    return [tuple(known[prompt.text, answer] for answer in answers) for prompt in prompts], spent(found)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
