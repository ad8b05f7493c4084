"""A search as a YAML file: what `workbench search` reads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, JsonValue, ValidationError, field_validator, model_validator

from workbench.errors import Problem, VariantError
from workbench.experiments.config import CaseFilter, told
from workbench.store.experiment import Cutoff
from workbench.variant import NAME_LENGTH, ModelSpec, Plain


class Range(Plain):
    """Numbers from `min` to `max`; without a step any number between, or every whole one."""

    min: float
    max: float
    step: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _grows(self) -> "Range":
        if self.min >= self.max:
            raise ValueError(f"from {self.min:g} to {self.max:g}: write a greater max")
        return self


Values = Range | tuple[JsonValue, ...]
Options = dict[str, dict[str, Values]]
"""A choice's name -> its options -> their values."""


def _values(given: Any) -> Any:
    """One value is a list of one."""
    return given if isinstance(given, (dict, list, tuple, Range)) else [given]


class SpaceConfig(Plain):
    """What may differ between two trials. A part that is left out stays as `settings` says."""

    parameters: bool | dict[str, Values] = True
    """Of the templates: all that they declare, none, or these with these values."""
    method: Options = Field(default_factory=dict)
    retriever: Options = Field(default_factory=dict)
    exemplars: Options = Field(default_factory=dict)
    fusion: Options = Field(default_factory=dict)
    orders: Values = ()
    n_candidates: Values = ()
    diversity: Values = ()
    k: Values = ()

    @field_validator("method", "retriever", "exemplars", "fusion", mode="before")
    @classmethod
    def _by_name(cls, given: Any) -> Any:
        """A name, or names, alone stand for their defaults."""
        if isinstance(given, str):
            return {given: {}}
        if isinstance(given, list):
            return {str(name): {} for name in given}
        if not isinstance(given, dict):
            return given
        named = ((str(name), options) for name, options in given.items())
        return {
            name: {key: _values(value) for key, value in options.items()}
            if isinstance(options, dict)
            else options or {}
            for name, options in named
        }

    @field_validator("parameters", mode="before")
    @classmethod
    def _single_parameters(cls, given: Any) -> Any:
        return {key: _values(value) for key, value in given.items()} if isinstance(given, dict) else given

    @field_validator("orders", "n_candidates", "diversity", "k", mode="before")
    @classmethod
    def _single(cls, given: Any) -> Any:
        return _values(given)


class EditConfig(Plain):
    """A text of the templates, and what may stand in its place; `proposals` more are asked of the rewriter."""

    find: str = Field(min_length=1)
    replace: tuple[str, ...] = ()
    proposals: int = Field(default=0, ge=0, le=20)


class Rewriter(Plain):
    """The model that writes proposals."""

    model: ModelSpec
    max_tokens: int = Field(default=60, ge=1, le=1000)
    temperature: float = Field(default=0.9, ge=0, le=5)

    @field_validator("model", mode="before")
    @classmethod
    def _by_id(cls, given: Any) -> Any:
        return {"id": given} if isinstance(given, str) else given


class Confirm(Plain):
    """Which cases are kept apart: those of a share of the users, drawn by the seed; at most `limit` are asked."""

    share: float = Field(default=0.5, gt=0, lt=1)
    limit: int | None = Field(default=None, ge=2)
    controls: bool = False


class Budget(Plain):
    """Where the search ends, the confirmation in it; the first limit that is reached counts."""

    minutes: float | None = Field(default=None, gt=0)
    passes: int | None = Field(default=None, gt=0)
    trials: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _some(self) -> "Budget":
        if self.minutes is None and self.passes is None and self.trials is None:
            raise ValueError("no limit: write `minutes`, `passes` or `trials`")
        return self


class Pruning(Plain):
    """A trial is looked at after `first` cases, then after `factor` times as many; of those that came so far, one in
    `factor` goes on."""

    first: int | None = Field(default=None, ge=1)
    factor: int = Field(default=3, ge=2, le=10)


class SearchConfig(Plain):
    """The file. `templates` are names, or files beside it; "all" for every template that ships or was saved."""

    name: str = Field(max_length=NAME_LENGTH)
    catalog: str
    cases: CaseFilter = CaseFilter()
    confirm: Confirm = Confirm()
    templates: tuple[str, ...] = Field(min_length=1)
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """Settings of a variant that all trials share."""
    space: SpaceConfig = SpaceConfig()
    edits: tuple[EditConfig, ...] = ()
    rewriter: Rewriter | None = None
    budget: Budget
    pruning: Pruning = Pruning()
    measure: str = "nDCG@10"
    cutoffs: tuple[Cutoff, ...] = Field(default=(5, 10), min_length=1)
    worth: float = Field(default=0.02, gt=0, le=1)
    seed: int = Field(default=0, ge=0, le=2**31 - 1)

    @field_validator("templates", mode="before")
    @classmethod
    def _one_template(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given


def read_search(path: Path) -> SearchConfig:
    """Raises VariantError with every problem: an unreadable file, unknown keys, wrong types."""
    try:
        return search_of(yaml.safe_load(path.read_text(encoding="utf-8")), str(path))
    except OSError as error:
        raise VariantError(Problem(f"can't be read: {error.strerror}", str(path), "check the path")) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise VariantError(Problem(f"is no YAML: {' '.join(str(error).split())}", str(path))) from error


def search_of(values: Any, where: str) -> SearchConfig:
    """The same from values at hand. Raises VariantError."""
    try:
        return SearchConfig.model_validate(values)
    except ValidationError as error:
        raise VariantError(*told(error, where)) from error


def names_of(templates: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The templates' names, "all" written out."""
    return tuple(dict.fromkeys(name for given in templates for name in (known if given == "all" else (given,))))
