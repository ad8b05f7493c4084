"""The space of a search: every setting that may differ, and the variant that a point of it stands for."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import Field, JsonValue

from workbench.exemplars import EXEMPLAR_POLICIES
from workbench.options import options_of
from workbench.prompts import parse
from workbench.ranking import FUSIONS, METHODS
from workbench.retrieval import RETRIEVERS
from workbench.search.rewriting import Edit, edited
from workbench.variant import Choice, ParameterValue, Plain, TemplateSource, Variant

TABLES: Mapping[str, Mapping[str, type]] = {
    "method": METHODS,
    "retriever": RETRIEVERS,
    "exemplars": EXEMPLAR_POLICIES,
    "fusion": FUSIONS,
}
FIELDS = ("orders", "n_candidates", "diversity", "k")


class Dimension(Plain):
    """Either `values`, or numbers from `low` to `high`; `default` is what stands where nothing is chosen."""

    values: tuple[JsonValue, ...] = ()
    low: float = 0.0
    high: float = 0.0
    step: float | None = None
    whole: bool = False
    default: JsonValue = None

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose."""
        return len(self.values) > 1 or not self.values

    @property
    def ends(self) -> tuple[JsonValue, ...]:
        """All values, or the least and the greatest number."""
        return self.values or (self.low, self.high)

    def holds(self, value: JsonValue) -> bool:
        if self.values:
            return value in self.values
        if not isinstance(value, (int, float)) or not self.low <= value <= self.high:
            return False
        steps = (value - self.low) / self.step if self.step else 0.0
        return abs(steps - round(steps)) < 1e-9


Ask = Callable[[str, Dimension], JsonValue]
"""(name, dimension) -> the value chosen."""


class Space(Plain):
    """Templates with their parameters and edits by name; per template the methods that it can be asked with; for each
    part the choices with their options; plain settings by name. `settings` are those that all trials share."""

    templates: dict[str, TemplateSource]
    parameters: dict[str, dict[str, Dimension]] = Field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    methods: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    choices: dict[str, dict[str, dict[str, Dimension]]] = Field(default_factory=dict)
    fields: dict[str, Dimension] = Field(default_factory=dict)
    settings: dict[str, JsonValue] = Field(default_factory=dict)

    def default(self, template: str) -> Variant:
        """The template as it ships: its own method, its own parameters, and the settings that all share."""
        source = self.templates[template]
        method = Choice(name=parse(source).front.method).model_dump()
        values = {"method": method, **self.settings, "label": template, "template": source}
        return Variant.model_validate(values)

    def variant(self, ask: Ask) -> Variant:
        """The variant that the answers make. Settings that are as they would be anyway are left out, so that one
        variant has one digest."""
        name = str(_chosen(ask, "template", Dimension(values=tuple(self.templates))))
        base = self.default(name)
        changes: dict[str, Any] = {"template": self._edited(name, ask)}
        declared = parse(base.template).front.parameters
        chosen: dict[str, ParameterValue] = dict(base.parameters)
        for key, dimension in self.parameters.get(name, {}).items():
            value = _chosen(ask, f"{name}.{key}", dimension)
            assert isinstance(value, (str, int))
            chosen[key] = value
        changes["parameters"] = {k: v for k, v in chosen.items() if v != declared[k].start}
        for part in TABLES:
            changes[part] = self._choice(part, name, getattr(base, part), ask)
        changes |= {key: _chosen(ask, key, dimension) for key, dimension in self.fields.items()}
        return base.model_copy(update=changes)

    def point(self, template: str) -> dict[str, JsonValue] | None:
        """The answers that make the template's default, None where the space does not hold it."""
        answers: dict[str, JsonValue] = {}

        def ask(name: str, dimension: Dimension) -> JsonValue:
            wanted = template if name == "template" else dimension.default
            if not dimension.holds(wanted):
                raise LookupError(name)
            answers[name] = wanted
            return wanted

        try:
            made = self.variant(ask)
        except LookupError:
            return None
        return answers if made.digest == self.default(template).digest else None

    def _edited(self, name: str, ask: Ask) -> TemplateSource:
        source = self.templates[name]
        for at, edit in enumerate(self.edits):
            if texts := edit.texts.get(name):
                n = _chosen(ask, f"{name}.edit {at + 1}", Dimension(values=tuple(range(len(texts) + 1)), default=0))
                assert isinstance(n, int)
                source = edited(source, edit.find, texts[n - 1]) if n else source
        return source

    def _choice(self, part: str, template: str, given: Choice, ask: Ask) -> Choice:
        """The part's choice with its options, those that are the default left out."""
        offered = self.choices.get(part, {})
        if part == "method":
            names = self.methods.get(template, ())
            key = f"method of {template}"
        else:
            names, key = tuple(offered), part
        if not names:
            return given
        name = str(_chosen(ask, key, Dimension(values=names, default=given.name)))
        options = {k: _chosen(ask, f"{part}.{name}.{k}", d) for k, d in offered.get(name, {}).items()}
        started = {**given.options, **options} if name == given.name else options
        return Choice(name=name, options=without_defaults(part, name, started))


def _chosen(ask: Ask, name: str, dimension: Dimension) -> JsonValue:
    if not dimension.is_open:
        return dimension.values[0]
    value = ask(name, dimension)
    if isinstance(value, float):
        value = round(value, 10)
    return int(value) if dimension.whole and isinstance(value, (int, float)) else value


def each_choice(space: Space) -> Iterator[Variant]:
    """For every value of a setting, and both ends of numbers, a variant that has it, all else at its first: so a need
    that one setting alone can have shows in one of them. Parameters and edits of templates are left as they ship."""
    plain = space.model_copy(update={"parameters": {}, "edits": ()})
    todo: list[dict[str, JsonValue]] = [{}]
    met: set[tuple[str, JsonValue]] = set()
    while todo:
        fixed = todo.pop()

        def ask(name: str, dimension: Dimension, fixed: dict[str, JsonValue] = fixed) -> JsonValue:
            new = [value for value in dimension.ends if (name, value) not in met]
            met.update((name, value) for value in new)
            todo.extend({**fixed, name: value} for value in new)
            return fixed.get(name, dimension.ends[0])

        yield plain.variant(ask)


def without_defaults(part: str, name: str, options: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    known = {option.name: option.default for option in options_of(TABLES[part][name])}
    return {key: value for key, value in options.items() if key not in known or known[key] != value}
