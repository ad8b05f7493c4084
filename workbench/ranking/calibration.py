"""What a model says to the same question about nobody, or about others: the base of calibrated scores."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.engine.answers import Scored
from workbench.engine.protocol import Cancel, Engine
from workbench.errors import Problem, TemplateError
from workbench.ranking.asking import ask_many, spent
from workbench.ranking.joining import joined
from workbench.ranking.protocol import Context, Question
from workbench.records import Prompt, PromptInputs, Usage

ANCHOR = "A"
"""An answer that is asked along with all others: it tells from where on they are scored."""
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
    missing of all prompts is asked at once.

    Where an answer merges with the end of the prompt, all that are asked with it are scored from further back (see
    `packing.split_point`). The anchor, asked along, tells: what it has more than alone is taken off, so that the kept
    number of an answer depends on prompt and answer only.
    """
    scopes = {prompt.text: _hash(f"{question.memo_scope}:{prompt.text}") for prompt in prompts}
    known: dict[tuple[str, str], float] = {}
    missing: dict[str, list[str]] = {}
    for text, scope in scopes.items():
        for answer in dict.fromkeys(answers):
            if (numbers := question.memo.get(_key(scope, answer))) is not None:
                known[text, answer] = numbers[0]
            else:
                missing.setdefault(text, []).append(answer)
    requests = [(text, [joined(text, answer) for answer in (ANCHOR, *wanted)]) for text, wanted in missing.items()]
    found = ask_many(requests, engine, cancel=cancel)
    beside = {text: scores.scored[0] for text, scores in zip(missing, found, strict=True)}
    shifts, more = _shifts(beside, scopes, question, engine, cancel=cancel)
    fresh = {
        (text, answer): scored.total - shifts[text]
        for (text, wanted), scores in zip(missing.items(), found, strict=True)
        for answer, scored in zip(wanted, scores.scored[1:], strict=True)
    }
    question.memo.update({_key(scopes[text], answer): [total] for (text, answer), total in fresh.items()})
    known |= fresh
    return [tuple(known[prompt.text, answer] for answer in answers) for prompt in prompts], spent(found) + more


def _shifts(
    beside: Mapping[str, Scored], scopes: Mapping[str, str], question: Question, engine: Engine, *, cancel: Cancel
) -> tuple[dict[str, float], Usage]:
    """For each prompt the log-probability of what the anchor beside other answers has of the prompt's end, alone not.
    Nothing is asked where it is a single token: alone it can't be less."""
    keys = {text: _key(scopes[text], None) for text in beside}
    alone = {text: numbers for text, key in keys.items() if (numbers := question.memo.get(key)) is not None}
    new = {text: [s.total, 1.0] for text, s in beside.items() if text not in alone and len(s.token_ids) == 1}
    unknown = [text for text in beside if text not in alone and text not in new]
    found = ask_many([(text, [joined(text, ANCHOR)]) for text in unknown], engine, cancel=cancel)
    new |= {text: [s.scored[0].total, len(s.scored[0].token_ids)] for text, s in zip(unknown, found, strict=True)}
    question.memo.update({keys[text]: numbers for text, numbers in new.items()})
    alone |= new
    # The same tokens are the same number, whatever a pass rounds.
    return {
        text: s.total - alone[text][0] if len(s.token_ids) != alone[text][1] else 0.0 for text, s in beside.items()
    }, spent(found)


def _key(scope: str, answer: str | None) -> str:
    """The memo's key of an answer, or of the anchor alone. Short, whatever the model is called: a database has room
    for 200 characters."""
    return f"anchor:{scope}" if answer is None else f"prior:{_hash(f'{scope}:{answer}')}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
