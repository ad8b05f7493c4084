"""What a model says to the same question about nobody, or about others: the base of calibrated scores."""

import hashlib
import math
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

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


@runtime_checkable
class LooksUpMany(Protocol):
    """A memo in which a look-up is a query: better one for all keys than one for each."""

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Sequence[float]]:
        """The numbers of those keys that are there."""
        ...


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
    """log P(answer | prompt) of each answer after each prompt, and what those cost that the memo had not. The memo is
    looked into once and written to once, and what is missing of all prompts is asked at once.

    Where an answer merges with the end of the prompt, all that are asked with it are scored from further back (see
    `packing.split_point`). The anchor, asked along, tells: what it has more than alone is taken off, so that the kept
    number of an answer depends on prompt and answer only.
    """
    scopes = {prompt.text: _hash(f"{question.memo_scope}:{prompt.text}") for prompt in prompts}
    wanted = dict.fromkeys(answers)
    memo = _looked_up([_key(s, answer) for s in scopes.values() for answer in (None, *wanted)], question.memo)
    unknown = {text: [answer for answer in wanted if _key(s, answer) not in memo] for text, s in scopes.items()}
    missing = {text: some for text, some in unknown.items() if some}
    requests = [(text, [joined(text, answer) for answer in (ANCHOR, *some)]) for text, some in missing.items()]
    found = ask_many(requests, engine, cancel=cancel)
    beside = {text: scores.scored[0] for text, scores in zip(missing, found, strict=True)}
    anchors = {text: memo[key] for text in beside if (key := _key(scopes[text], None)) in memo}
    new, more = _alone({text: s for text, s in beside.items() if text not in anchors}, engine, cancel=cancel)
    anchors |= new
    fresh: dict[str, Sequence[float]] = {_key(scopes[text], None): numbers for text, numbers in new.items()}
    for (text, some), scores in zip(missing.items(), found, strict=True):
        shift = _shift(beside[text], anchors[text])
        fresh |= {_key(scopes[text], a): [s.total - shift] for a, s in zip(some, scores.scored[1:], strict=True)}
    question.memo.update(fresh)
    memo |= fresh
    totals = [tuple(memo[_key(scopes[prompt.text], answer)][0] for answer in answers) for prompt in prompts]
    return totals, spent(found) + more


def _alone(beside: Mapping[str, Scored], engine: Engine, *, cancel: Cancel) -> tuple[dict[str, list[float]], Usage]:
    """For each prompt the anchor's log-probability and its number of tokens when nothing is asked along. Nothing is
    asked where it is a single token beside other answers: alone it can't be less."""
    single = {text: [s.total, 1.0] for text, s in beside.items() if len(s.token_ids) == 1}
    unknown = [text for text in beside if text not in single]
    found = ask_many([(text, [joined(text, ANCHOR)]) for text in unknown], engine, cancel=cancel)
    asked = {text: [s.scored[0].total, len(s.scored[0].token_ids)] for text, s in zip(unknown, found, strict=True)}
    return single | asked, spent(found)


def _shift(beside: Scored, alone: Sequence[float]) -> float:
    """The log-probability of what the anchor beside other answers has of the prompt's end, alone not."""
    total, length = alone
    # The same tokens are the same number, whatever a pass rounds.
    return beside.total - total if len(beside.token_ids) != length else 0.0


def _looked_up(keys: Sequence[str], memo: MutableMapping[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    if isinstance(memo, LooksUpMany):
        return dict(memo.get_many(keys))
    return {key: numbers for key in keys if (numbers := memo.get(key)) is not None}


def _key(scope: str, answer: str | None) -> str:
    """The memo's key of an answer, or of the anchor alone. Short, whatever the model is called: a database has room
    for 200 characters."""
    return f"anchor:{scope}" if answer is None else f"prior:{_hash(f'{scope}:{answer}')}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
