"""The nouns: frozen records without behaviour, shared by every floor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Attribute = str | int | float | bool | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be recommended. `text` is the sentence that describes it."""

    id: str
    title: str
    text: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One ranking question. Holds no truth. `history` and `candidates` are item ids, history oldest first."""

    id: str
    description: str = ""
    history: tuple[str, ...] = ()
    user: str = ""
    time: str = ""
    candidates: tuple[str, ...] = ()
    segment: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A solved case shown in the prompt. `answer` is item ids, best first, taken at `time` (ISO 8601) or later; it is
    "" where the exemplar comes from no interactions."""

    id: str
    description: str = ""
    history: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    user: str = ""
    reason: str = ""
    tags: tuple[str, ...] = ()
    time: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """One thing that is known of an item: `target` is another item's id, or a value."""

    item: str
    name: str
    target: str


@dataclass(frozen=True, slots=True)
class Interaction:
    """One user took one item at a time (ISO 8601)."""

    user: str
    item: str
    time: str
    rating: float | None = None


Qrels = Mapping[str, Mapping[str, int]]
"""The truth, apart: case id -> item id -> grade. Only evaluation and the doors hold it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that retrieval allows; `rank` counts from 1 in the retriever's order."""

    item_id: str
    score: float
    rank: int
    source: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What retrieval gave: candidates in order, how many items each rule left out, and what was asked."""

    candidates: tuple[Candidate, ...]
    removed: Mapping[str, int] = field(default_factory=dict)
    query: str = ""
    seconds: float = 0.0


SpanKind = Literal["user", "history", "candidate", "exemplar"]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a prompt's text that came from one input; `ref` is the item or exemplar id."""

    start: int
    end: int
    kind: SpanKind
    ref: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """Rendered text. For a chat template `messages` is filled and `text` is their join until an engine
    applies the model's own chat template; `spans` are offsets into `text`, disjoint, in order."""

    text: str
    messages: tuple[Message, ...] = ()
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownExemplar:
    """An exemplar with its items looked up, as a template reads it."""

    id: str
    description: str
    history: tuple[Item, ...]
    candidates: tuple[Item, ...]
    answer: tuple[Item, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CatalogFacts:
    """What a template may know of the catalog."""

    name: str
    title: str
    domain: str
    language: str
    noun: str
    size: int


@dataclass(frozen=True, slots=True)
class PromptInputs:
    """Everything that a template can read. `candidate` is set only for methods that ask about one item at a time;
    `steps` holds what earlier steps of the template wrote, `parameters` what is set of those that it declares;
    `neighbours` is item id -> relation -> items or values, for every item that has any."""

    catalog: CatalogFacts
    description: str = ""
    history: tuple[Item, ...] = ()
    time: str = ""
    candidates: tuple[Item, ...] = ()
    exemplars: tuple[ShownExemplar, ...] = ()
    k: int = 10
    candidate: Item | None = None
    steps: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    relation_names: tuple[str, ...] = ()
    neighbours: Mapping[str, Mapping[str, tuple[Item | str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call or a run cost. `cached_tokens` are prompt tokens whose key/value pairs were at hand."""

    passes: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    scored_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.passes + other.passes,
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.scored_tokens + other.scored_tokens,
            self.generated_tokens + other.generated_tokens,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which frozen weights answered. `weights_sha256` is over every parameter's name and bytes as on disk."""

    id: str
    revision: str
    weights_sha256: str
    dtype: str
    device: str
    context_window: int
    parameters: int


MatchKind = Literal["exact", "normalised", "fuzzy", "meaning", "invented", "ambiguous", "outside"]


@dataclass(frozen=True, slots=True)
class MatchedLine:
    """One line that the model wrote, and the item that it names.

    `outside` is a catalog item that was not among the candidates; `invented` names nothing in the catalog;
    `ambiguous` names several items (`others`). `similarity` runs from 0 to 1.
    """

    line: str
    kind: MatchKind
    item_id: str | None = None
    similarity: float = 0.0
    duplicate: bool = False
    others: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RankedItem:
    """One row of a ranking. `rank` counts from 1. `score` is the method's, None where it gave none
    (`left_out` by the model: placed by the fallback, the retriever's order). `spread` is the standard deviation of its
    rank over several orders, None after one; `chances` is label -> probability, where a label was asked for."""

    item_id: str
    rank: int
    score: float | None
    candidate_rank: int
    candidate_score: float
    left_out: bool = False
    explanation: str = ""
    spread: float | None = None
    chances: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ranking:
    """An ordered list of all candidates, and how it came about. `lines` is empty for methods that write nothing.
    `removed` counts what retrieval left out, `query` is the text that it asked for. `orders` is how many orders of the
    candidates and exemplars it is the mean of."""

    case_id: str
    variant_digest: str
    ranked: tuple[RankedItem, ...]
    candidates: tuple[Candidate, ...]
    exemplar_ids: tuple[str, ...] = ()
    prompt: Prompt = Prompt("")
    prompt_tokens: int = 0
    lines: tuple[MatchedLine, ...] = ()
    output: str = ""
    steps: Mapping[str, str] = field(default_factory=dict)
    removed: Mapping[str, int] = field(default_factory=dict)
    query: str = ""
    model: ModelIdentity | None = None
    usage: Usage = Usage()
    retrieval_seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    orders: int = 1

    @property
    def item_ids(self) -> tuple[str, ...]:
        return tuple(row.item_id for row in self.ranked)

    @property
    def mean_spread(self) -> float | None:
        """How far an item's rank moves from order to order, as the mean over the items; None after one order."""
        spreads = [row.spread for row in self.ranked if row.spread is not None]
        return sum(spreads) / len(spreads) if spreads else None
