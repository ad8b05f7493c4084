"""The seam of ranking: a question and an engine in, an order of all candidates out."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Protocol

from workbench.engine.protocol import Cancel, Engine, Hear
from workbench.grounding.meaning import Meanings
from workbench.records import Candidate, Item, MatchedLine, Prompt, PromptInputs, Usage


@dataclass(frozen=True, slots=True)
class Context:
    """What a prompt says of another user, in place of the case's own."""

    description: str
    history: tuple[Item, ...]
    source: Literal["interactions", "solved cases", "random items"]


OnProgress = Callable[[str, float], None]
"""What is being done, in a few words, and how much of the method's work is, from 0 to 1; told between passes. Where
the model writes, what it has written so far stands after the first line break."""


def quiet(text: str, fraction: float) -> None:
    return None


def writing(on_progress: OnProgress, most: int) -> Hear:
    """Tells progress of a text that comes in `most` parts at most."""
    parts = 0

    def hear(text: str) -> None:
        nonlocal parts
        parts += 1
        on_progress(f"writing\n{text}", min(1.0, parts / most))

    return hear


def nobody_else(n: int) -> tuple[Context, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a method may know. It never holds the truth.

    `render` gives final text, the model's chat template applied (see `Tokenizer.finish`). `answer_text` is how an
    item is written as an answer (its title, unless the template says otherwise). `labels` are the template's own,
    for methods that ask for a label, best label first. `lookup` finds any catalog item by id; `titles` is the whole
    catalog, id -> title, for grounding. `memo` keeps content-free scores between runs. `others` draws the contexts of
    so many other users, the same ones each time, never the case's own.
    """

    inputs: PromptInputs
    candidates: tuple[Candidate, ...]
    render: Callable[[PromptInputs], Prompt]
    answer_text: Callable[[Item], str]
    titles: Mapping[str, str]
    labels: tuple[str, ...] = ()
    verbaliser: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Label -> the ways to write it, for those labels that have several."""
    seed: int = 0
    memo: MutableMapping[str, Sequence[float]] = field(default_factory=dict)
    memo_scope: str = ""
    """Names model, template frame and catalog: part of every memo key."""
    others: Callable[[int], tuple[Context, ...]] = nobody_else
    released: Mapping[str, int] = field(default_factory=dict)
    """Item id -> the year that the catalog knows, where it knows one: what tells items of one title apart."""
    meanings: Meanings | None = None
    """Titles by meaning, for grounding; no embedder is loaded before it is asked."""
    on_progress: OnProgress = quiet


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a method found. `scores` has an entry for each candidate that the method placed, best first; the others
    were left out and follow in the retriever's order. `chances` is item id -> label -> probability, for methods that
    ask for a label; `spread` is item id -> standard deviation of its rank over `orders` orders, empty for one."""

    scores: Mapping[str, float]
    prompt: Prompt
    usage: Usage = Usage()
    lines: tuple[MatchedLine, ...] = ()
    output: str = ""
    explanations: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    chances: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)
    orders: int = 1


class RankingMethod(Protocol):
    """A frozen dataclass whose fields are its options. Stateless; never loads a model, never owns a prompt."""

    summary: ClassVar[str]
    """One sentence for the page: how the list comes about."""
    cost: ClassVar[str]
    """Passes and tokens as a function of the number of candidates n."""
    asks_each_candidate: ClassVar[bool]
    """True when the template is rendered once per candidate, with `candidate` set."""
    writes_text: ClassVar[bool]
    """True when the model writes text that is parsed and grounded."""
    asks_by_letter: ClassVar[int]
    """How many candidates, each with its letter, the template has to print at least; 0 when it need not."""
    goes_on: ClassVar[str]
    """What comes after the prompt: "a title". A template ends so that this goes on."""
    needs_tokens: ClassVar[bool]
    """True when the engine must choose among tokens, which a model on a server does not let us."""

    @property
    def shows(self) -> int | None:
        """How many candidates one prompt is given; None where it is all of them."""
        ...

    def rank(self, question: Question, engine: Engine, *, cancel: Cancel) -> Outcome: ...


def first_inputs(inputs: PromptInputs, method: RankingMethod) -> PromptInputs:
    """The inputs of the first prompt that a method asks."""
    candidate = inputs.candidates[0] if method.asks_each_candidate and inputs.candidates else inputs.candidate
    return replace(inputs, candidates=inputs.candidates[: method.shows], candidate=candidate)
