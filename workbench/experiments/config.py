"""An experiment as a YAML file: what `workbench eval` reads."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, field_validator

from workbench.bundle import read_bundle
from workbench.errors import Problem, VariantError, raise_all
from workbench.experiments.embedders import with_embedders
from workbench.experiments.planning import choose_cases, plan_experiment
from workbench.prompts import parse
from workbench.store.experiment import AskedCase, Cutoff, ExperimentPlan
from workbench.variant import NAME_LENGTH, Choice, Plain, TemplateSource, Variant
from workbench.workshop import Workshop

FindTemplate = Callable[[str], TemplateSource]
_CHOICES = ("method", "retriever", "exemplars", "fusion")
_SETTINGS = tuple(name for name in Variant.model_fields if name not in ("label", "template"))


class CaseFilter(Plain):
    """Which of the catalog's cases are asked; a limit draws that many of them by the seed."""

    limit: int | None = Field(default=None, ge=1)
    segments: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    seed: int = 0


class ExperimentConfig(Plain):
    """The file. `variants` is label -> a template's name or file, or a bundle, with settings of a Variant."""

    name: str = Field(max_length=NAME_LENGTH)
    catalog: str
    cases: CaseFilter = CaseFilter()
    variants: dict[str, dict[str, Any]] = Field(min_length=1)
    baseline: str = ""
    measure: str = "nDCG@10"
    cutoffs: tuple[Cutoff, ...] = Field(default=(5, 10), min_length=1)
    repeats: int = 1
    shuffle: bool = False
    controls: bool = True
    seed: int = 0
    worth: float = 0.02

    @field_validator("variants", mode="before")
    @classmethod
    def _labels_are_texts(cls, found: Any) -> Any:
        """YAML reads a bare 1 or `no` as what it is not."""
        return {str(label): given for label, given in found.items()} if isinstance(found, dict) else found


def read_config(path: Path) -> ExperimentConfig:
    """Raises VariantError with every problem: an unreadable file, unknown keys, wrong types."""
    try:
        return ExperimentConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise VariantError(Problem(f"can't be read: {error.strerror}", str(path), "check the path")) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise VariantError(Problem(f"is no YAML: {' '.join(str(error).split())}", str(path))) from error
    except ValidationError as error:
        raise VariantError(*told(error, str(path))) from error


def plan_of(
    config: ExperimentConfig, workshop: Workshop, find_template: FindTemplate, *, folder: Path
) -> tuple[ExperimentPlan, tuple[AskedCase, ...]]:
    """The plan and its cases; files are looked for beside the config. Raises WorkbenchError with all problems."""
    catalog = workshop.catalog(config.catalog)
    filters = config.cases.model_dump()
    cases = choose_cases(catalog, workshop.qrels(config.catalog), **filters)
    problems: list[Problem] = []
    variants = [v for v in _variants(config, find_template, folder, problems) if v]
    raise_all(VariantError, problems)
    settings = config.model_dump(exclude={"name", "cases", "variants"})
    baseline = config.baseline or variants[0].label
    plan = plan_experiment(config.name, catalog, cases, variants, **{**settings, "baseline": baseline})
    return with_embedders(plan, workshop), cases


def _variants(
    config: ExperimentConfig, find_template: FindTemplate, folder: Path, problems: list[Problem]
) -> Iterator[Variant | None]:
    for label, given in config.variants.items():
        where = f"variants.{label}"
        try:
            yield _variant(label, given, find_template, folder)
        except ValidationError as error:
            problems.extend(told(error, where))
        except VariantError as error:
            problems.extend(Problem(p.what, where, p.fix) for p in error.problems)


def _variant(label: str, given: dict[str, Any], find_template: FindTemplate, folder: Path) -> Variant:
    settings = {k: v for k, v in given.items() if k not in ("template", "bundle")}
    if unknown := sorted(set(settings) - set(_SETTINGS)):
        fix = f"known: template, bundle, {', '.join(_SETTINGS)}"
        raise VariantError(Problem(f"unknown setting {', '.join(map(repr, unknown))}", fix=fix))
    if ("template" in given) == ("bundle" in given):
        raise VariantError(Problem("neither a template nor a bundle, or both", fix="give one of them"))
    named = {k: {"name": v} if k in _CHOICES and isinstance(v, str) else v for k, v in settings.items()}
    if "bundle" in given:
        variant = read_bundle(folder / str(given["bundle"])).variant
        return Variant.model_validate({**variant.model_dump(), **named, "label": label})
    beside = folder / str(given["template"])
    template = find_template(str(beside) if beside.is_file() else str(given["template"]))
    method = Choice(name=parse(template).front.method).model_dump()
    return Variant.model_validate({"method": method, **named, "label": label, "template": template})


def told(error: ValidationError, where: str) -> list[Problem]:
    """What is wrong with a file's values, each with its place in the file."""
    found = []
    for problem in error.errors():
        place = ".".join(map(str, problem["loc"]))
        what = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
        found.append(Problem(f"{place}: {what}" if place else what, where))
    return found
