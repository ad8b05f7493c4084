"""The study of a search: what Optuna proposes, what became of it, and what mattered. Optuna is imported here alone."""

import hashlib
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import JsonValue

from workbench.search.space import Ask, Dimension, Space
from workbench.variant import Variant

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy
    from optuna.trial import FrozenTrial
    from optuna.trial import Trial as LiveTrial

TrialState = Literal["running", "complete", "pruned", "failed"]
STUDY = "search"
ENOUGH = 10
"""Trials that have to be complete before it is said what mattered."""
_DEFAULT, _REASON, _SECONDS, _PASSES = "default of", "reason", "seconds", "passes"
_FAILURES, _PROBLEM = "failures", "problem"


@dataclass(frozen=True, slots=True)
class Trial:
    """One variant that was tried; `number` is its place among all. `values` is how many cases -> the mean over the
    first so many; `default_of` names the template where it is one as it ships. `seconds` and `passes` are for one
    case. `failures` of its cases failed and count 0, the first of them with `problem`."""

    number: int
    state: TrialState
    answers: Mapping[str, JsonValue]
    values: Mapping[int, float]
    default_of: str = ""
    reason: str = ""
    seconds: float = 0.0
    passes: float = 0.0
    failures: int = 0
    problem: str = ""

    @property
    def cases(self) -> int:
        return max(self.values, default=0)

    @property
    def score(self) -> float | None:
        return self.values[self.cases] if self.values else None

    @property
    def what(self) -> str:
        return f"{self.default_of} as it ships" if self.default_of else f"trial {self.number}"

    def variant(self, space: Space) -> Variant:
        """What it stands for."""
        if self.default_of:
            return space.default(self.default_of).model_copy(update={"label": f"trial {self.number}"})
        made = space.variant(lambda name, dimension: self.answers[name])
        return made.model_copy(update={"label": f"trial {self.number}"})


@dataclass(frozen=True, slots=True)
class Tried:
    """What a live trial says at its end: what a case took, how many failed, and the first problem's words."""

    seconds: float
    passes: float
    failures: int = 0
    problem: str = ""

    @property
    def attrs(self) -> dict[str, JsonValue]:
        """As the journal keeps it: failures only where there are any."""
        spent: dict[str, JsonValue] = {_SECONDS: self.seconds, _PASSES: self.passes}
        return spent | ({_FAILURES: self.failures, _PROBLEM: self.problem} if self.failures else {})


class Study:
    """Trials by a sampler whose every draw follows from the seed and from what is finished: a search that was killed
    goes on as it would have gone."""

    def __init__(self, journal: Path, *, seed: int, factor: int) -> None:
        """Only who holds the search's lock may open it so; to look on, see `read_trials`."""
        self._seed, self._factor = seed, factor
        _mend(journal)
        with _quiet():
            study = _open(journal, new=True)
        assert study is not None
        self._study = study

    def trials(self) -> tuple[Trial, ...]:
        """In the order of their numbers."""
        return _trials(self._study)

    def take_up(self) -> None:
        """Queue again what a killed process left half done, so that it comes next and under its own settings."""
        from optuna.trial import TrialState as State

        for left in self._study.get_trials(deepcopy=False, states=(State.RUNNING,)):
            self._study.tell(left.number, state=State.FAIL)
            self._study.enqueue_trial(left.params, user_attrs={"again": left.number})

    def ask(self) -> "LiveTrial":
        from optuna.samplers import TPESampler

        finished = sum(t.state != "running" for t in self.trials())
        seed = int.from_bytes(hashlib.sha256(f"{self._seed}:{finished}".encode()).digest()[:4])
        with _quiet():
            self._study.sampler = TPESampler(seed=seed, multivariate=True, group=True, constant_liar=False)
            return self._study.ask()

    def add_default(
        self, template: str, answers: Mapping[str, JsonValue] | None, space: Space, values: Mapping[int, float], n: int,
        tried: Tried,
    ) -> None:  # fmt: skip
        """Keep a template's default as a trial of its own, complete where it was seen on all `n` cases; the sampler
        learns from it where the space holds it."""
        from optuna.trial import TrialState as State
        from optuna.trial import create_trial

        shapes: dict[str, Any] = {}
        if answers is not None:
            space.variant(lambda name, dimension: (shapes.update({name: _shape(dimension)}), answers[name])[1])
        complete = n in values
        with _quiet():
            made = create_trial(
                state=State.COMPLETE if complete else State.PRUNED,
                value=values[n] if complete else None,
                params={} if answers is None else dict(answers),
                distributions=shapes,
                intermediate_values=dict(values),
                user_attrs={_DEFAULT: template, **tried.attrs},
            )
            self._study.add_trial(made)

    def goes_on(self, cases: int, value: float) -> bool:
        """Whether the trial at work is among the best one in `factor` of all that were looked at after so many cases:
        asynchronous successive halving (Li et al., 2020) over growing parts of one list of cases."""
        others = [t.values[cases] for t in self.trials() if t.state != "running" and cases in t.values]
        better = sum(other > value for other in others)
        return better < max(1, (len(others) + 1) // self._factor)

    def tell(
        self,
        trial: "LiveTrial",
        state: Literal["complete", "pruned", "failed"],
        tried: Tried,
        *,
        value: float | None = None,
        reason: str = "",
    ) -> None:
        """`value` is of one that is complete, `reason` of one that failed."""
        from optuna.trial import TrialState as State

        for name, value_of in tried.attrs.items():
            trial.set_user_attr(name, value_of)
        if reason:
            trial.set_user_attr(_REASON, reason)
        states = {"complete": State.COMPLETE, "pruned": State.PRUNED, "failed": State.FAIL}
        self._study.tell(trial, value, state=states[state])


def read_trials(journal: Path, *, importances: bool) -> tuple[tuple[Trial, ...], dict[str, float]]:
    """The trials so far, and setting -> how much of what sets the best apart it explains, of 1 (PED-ANOVA: Watanabe et
    al., 2023); {} while too few trials are complete. Nothing is written."""
    if not journal.is_file():
        return (), {}
    from optuna.importance import get_param_importances

    with _quiet():
        study = _open(journal, new=False)
        if study is None:
            return (), {}
        trials = _trials(study)
        if not importances or sum(t.state == "complete" for t in trials) < ENOUGH:
            return trials, {}
        try:
            shares = {name: float(share) for name, share in get_param_importances(study).items()}
        except (ValueError, RuntimeError, ZeroDivisionError):
            shares = {}
        return trials, shares


def asker(trial: "LiveTrial") -> Ask:
    """The sampler's answers."""

    def ask(name: str, dimension: Dimension) -> JsonValue:
        answer: JsonValue
        if dimension.values:
            answer = trial.suggest_categorical(name, dimension.values)
        elif dimension.whole:
            answer = trial.suggest_int(name, int(dimension.low), int(dimension.high), step=int(dimension.step or 1))
        else:
            answer = trial.suggest_float(name, dimension.low, dimension.high, step=dimension.step)
        return answer

    return ask


def _shape(dimension: Dimension) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if dimension.values:
        return CategoricalDistribution(dimension.values)
    if dimension.whole:
        return IntDistribution(int(dimension.low), int(dimension.high), step=int(dimension.step or 1))
    return FloatDistribution(dimension.low, dimension.high, step=dimension.step)


def _trials(study: "OptunaStudy") -> tuple[Trial, ...]:
    """What a killed process left half done is no trial: it comes again."""
    found = (t for t in study.get_trials(deepcopy=False) if t.state.name != "WAITING")
    told = (t for t in found if t.state.name != "FAIL" or t.user_attrs.get(_REASON))
    return tuple(_trial(number, t) for number, t in enumerate(told))


def _trial(number: int, found: "FrozenTrial") -> Trial:
    states: dict[str, TrialState] = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "running"}
    attrs = found.user_attrs
    return Trial(
        number=number,
        state=states[found.state.name],
        answers=dict(found.params),
        values=dict(found.intermediate_values),
        default_of=attrs.get(_DEFAULT, ""),
        reason=attrs.get(_REASON, ""),
        seconds=attrs.get(_SECONDS, 0.0),
        passes=attrs.get(_PASSES, 0.0),
        failures=attrs.get(_FAILURES, 0),
        problem=attrs.get(_PROBLEM, ""),
    )


def _open(journal: Path, *, new: bool) -> "OptunaStudy | None":
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(journal), lock_obj=_OurLock()))
    known = [s.study_name for s in storage.get_all_studies()]
    if STUDY in known:
        return optuna.load_study(study_name=STUDY, storage=storage)
    if not new:
        return None
    return optuna.create_study(study_name=STUDY, storage=storage, direction="maximize")


class _OurLock:
    """The search's folder is locked by the one that writes; a lock file would outlive a killed process."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None


def _mend(journal: Path) -> None:
    """Cut off the last line where its writer was killed in the middle of it: what follows it could not be read."""
    content = journal.read_bytes() if journal.is_file() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        journal.write_bytes(whole)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Optuna's words on every trial, and its warnings of what is experimental."""
    import optuna

    optuna.logging.set_verbosity(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
