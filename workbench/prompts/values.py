"""What a template sees of its inputs: plain records that can be read but not called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workbench.prompts.front_matter import FrontMatter
from workbench.prompts.marks import Marks, Text, marked, one_line, without_marks
from workbench.prompts.parameters import PARAMS
from workbench.records import CatalogFacts, Item, PromptInputs, ShownExemplar


@dataclass(frozen=True, slots=True)
class Record:
    """An item, an exemplar, the user or the catalog, as it came in; two records of one item are equal.

    `fields` is what can be read; a text among them is cleaned and marked when it is read, which keeps a render with
    a thousand candidates cheap. `mark` is the opening mark of where the record came from; `prints` names the field
    that printing the record itself gives, empty where that would mean nothing.
    """

    kind: str
    ref: str
    fields: Mapping[str, object] = field(compare=False)
    mark: str = field(default="", compare=False)
    prints: str = field(default="", compare=False)

    def read(self, name: str, tokens: tuple[str, ...]) -> object:
        """The value of a field: text on one line and marked, a tuple as a list, an empty text where it is not known."""
        value = self.fields[name]
        if isinstance(value, str):
            return marked(value, self.mark, tokens)
        if isinstance(value, tuple):
            return [marked(part, self.mark, tokens) if isinstance(part, str) else part for part in value]
        return "" if value is None else value

    def shown(self, tokens: tuple[str, ...]) -> Text:
        """What printing the record gives. Raises TypeError where it has no text of its own."""
        return marked(str(self), self.mark, tokens)

    def __str__(self) -> str:
        if not self.prints:
            raise TypeError(f"an {self.kind} has no text of its own; print one of {', '.join(self.fields)}")
        return one_line(str(self.fields[self.prints]))


def variables(inputs: PromptInputs, marks: Marks, front: FrontMatter) -> dict[str, object]:
    """Every variable of a render. `candidate` is there only when it is set; a step that hasn't run yet is empty."""

    def shown(item: Item, mark: str) -> Record:
        return item_record(item, mark, inputs=inputs)

    found: dict[str, object] = {
        "user": Record("user", "", {"description": inputs.description}, marks.new("user", ""), "description"),
        "history": [shown(item, marks.new("history", item.id)) for item in inputs.history],
        "candidates": [shown(item, marks.new("candidate", item.id)) for item in inputs.candidates],
        "exemplars": [_exemplar(exemplar, marks.new("exemplar", exemplar.id), inputs) for exemplar in inputs.exemplars],
        "catalog": _catalog(inputs.catalog),
        PARAMS: Record("parameters", "", {n: p.start for n, p in front.parameters.items()} | dict(inputs.parameters)),
        "k": inputs.k,
        "time": one_line(inputs.time),
    }
    if inputs.candidate is not None:
        found["candidate"] = shown(inputs.candidate, marks.new("candidate", inputs.candidate.id))
    names = [step.name for step in front.steps]
    return found | {name: without_marks(inputs.steps.get(name, "")).strip() for name in {*names, *inputs.steps}}


class _WithNeighbours(Mapping[str, object]):
    """The fields of an item, and by each relation's name the items and values at its other end; `related` is all the
    items. They are looked up when read, so that items may lead to one another without end."""

    def __init__(self, fields: dict[str, object], item_id: str, mark: str, inputs: PromptInputs) -> None:
        self._fields, self._mark, self._inputs = fields, mark, inputs
        self._ends = inputs.neighbours.get(item_id, {})

    def __getitem__(self, name: str) -> object:
        if name in self._fields:
            return self._fields[name]
        if name == "related":
            ends = (end for ends in self._ends.values() for end in ends if isinstance(end, Item))
            return tuple(self._shown(item) for item in {end.id: end for end in ends}.values())
        if name in self._inputs.relation_names:
            return tuple(self._shown(end) if isinstance(end, Item) else end for end in self._ends.get(name, ()))
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield from (*self._fields, *self._inputs.relation_names, "related")

    def __len__(self) -> int:
        return len(self._fields) + len(self._inputs.relation_names) + 1

    def _shown(self, item: Item) -> Record:
        return item_record(item, self._mark, inputs=self._inputs)


def item_record(item: Item, mark: str = "", *, inputs: PromptInputs | None = None) -> Record:
    """One item; without a mark as a template's `answer` reads it. With `inputs` its neighbours can be read."""
    fields: dict[str, object] = {**item.attributes, "id": item.id, "title": item.title, "text": item.text}
    if inputs is not None and inputs.relation_names:
        return Record("item", item.id, _WithNeighbours(fields, item.id, mark, inputs), mark, "title")
    return Record("item", item.id, fields, mark, "title")


def _exemplar(exemplar: ShownExemplar, mark: str, inputs: PromptInputs) -> Record:
    fields: dict[str, object] = {"description": exemplar.description, "reason": exemplar.reason}
    for name in ("history", "candidates", "answer"):
        fields[name] = tuple(item_record(item, mark, inputs=inputs) for item in getattr(exemplar, name))
    return Record("exemplar", exemplar.id, fields, mark)


def _catalog(facts: CatalogFacts) -> Record:
    names = ("name", "title", "domain", "language", "noun", "size")
    return Record("catalog", facts.name, {name: getattr(facts, name) for name in names}, "", "title")
