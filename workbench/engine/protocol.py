"""The two seams of floor 2's engine: a tokenizer and a frozen causal language model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from workbench.engine.answers import Generated, Scores, WrittenList
from workbench.records import ModelIdentity, Prompt

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

Cancel = Callable[[], bool]
"""Asked between passes; True stops the run with `Cancelled`."""

Request = tuple[str, Sequence[str]]
"""A prompt and its continuations."""

Between = Callable[[int], str]

Hear = Callable[[str], None]
"""Is told the text so far while it is written."""

LAYERS = 3
"""How many layers `Engine.states` gives side by side."""


def never() -> bool:
    return False


def unheard(text: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to generate. Temperature 0 is greedy; `stop` strings end the text and are not part of it.

    With `stop_loops` the text ends when a line comes for the third time, whatever its number: small models go round
    in circles, and nothing new comes of it.
    """

    max_tokens: int = 128
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    stop_loops: bool = False


class Tokenizer(Protocol):
    """Text in, tokens out, without the weights: cheap to load, used by the preview."""

    context_window: int
    control_tokens: tuple[str, ...]
    """Strings that the model reads as control, never as text; prompts/ strips them from item and user text."""
    has_chat_template: bool
    estimated: bool
    """Whether its tokens are a guess, because the model is elsewhere and its tokenizer is not at hand."""

    def encode(self, text: str) -> list[int]:
        """Token ids of a prompt's final text, control tokens recognised, the model's own start token added once."""
        ...

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Character range [start, end) of each token of `encode(text)`; (0, 0) for a token with no text of its own."""
        ...

    def decode(self, token_ids: Sequence[int]) -> str: ...

    def finish(self, prompt: Prompt) -> Prompt:
        """Apply the model's chat template to a chat prompt; a plain one comes back as it is. Spans are carried over.

        An assistant message at the end is left open, to be continued. Raises TemplateError when the prompt has
        messages and the model has no chat template.
        """
        ...


class Engine(Protocol):
    """A frozen causal LM: the weights hash before equals the weights hash after. Thread-safe: one lock per pass.

    `prompt` is final text (see `Tokenizer.finish`). Both calls raise PromptTooLong and Cancelled.
    """

    @property
    def tokenizer(self) -> Tokenizer: ...

    @property
    def identity(self) -> ModelIdentity: ...

    def loglikelihood(self, prompt: str, continuations: Sequence[str], *, cancel: Cancel = never) -> Scores:
        """Exact log-probabilities of each continuation after the prompt, tokenised jointly with it."""
        ...

    def loglikelihoods(self, requests: Sequence[Request], *, cancel: Cancel = never) -> tuple[Scores, ...]:
        """What `loglikelihood` answers to each request, in their order; prompts that begin alike share the work."""
        ...

    def read(self, prompt: str, *, cancel: Cancel = never) -> None:
        """Make what begins with `prompt` quicker to answer, where the engine can."""
        ...

    def generate(
        self, prompt: str, sampling: Sampling, *, cancel: Cancel = never, on_text: Hear = unheard
    ) -> Generated:
        """Greedy or sampled text; `on_text` hears the text so far as it comes."""
        ...

    def generate_many(
        self, prompts: Sequence[str], sampling: Sampling, *, cancel: Cancel = never
    ) -> tuple[Generated, ...]:
        """What `generate` writes after each prompt, in their order; each text is drawn with the sampling's own seed."""
        ...

    def write_list(
        self,
        prompt: str,
        lines: Sequence[str],
        sampling: Sampling,
        *,
        n: int,
        between: Between,
        cancel: Cancel = never,
        on_text: Hear = unheard,
    ) -> WrittenList:
        """Write n of the lines after the prompt, each at most once, best first: no other text can come out. `on_text`
        hears the text so far after each line.

        `between(place)` is what stands after the line in that place, counted from 1; a line must not begin another
        together with it. Of equal lines each is written for itself, in the given order. Of `sampling` only temperature,
        top_p and seed count. Raises ModelError where the engine can't choose among tokens, as on a server.
        """
        ...

    def states(self, texts: Sequence[str], *, cancel: Cancel = never) -> "NDArray[float32]":
        """float32 [len(texts), LAYERS x width]: mean hidden states of each text read for itself, raw.

        Raises ModelError where the engine cannot look inside its model.
        """
        ...
