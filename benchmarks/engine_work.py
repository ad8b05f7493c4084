"""What `benchmarks/engine.py` asks the engine, and how much arithmetic that is."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch

from workbench.engine.causal_lm import FrozenLM
from workbench.engine.protocol import Request
from workbench.workshop import Workshop

T = TypeVar("T")
ANSWER = "\nThe viewer will love:"


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    prompt: int = 721
    titles: int = 20
    long_prompt: int = 1000
    cases: int = 40
    variants: tuple[int, ...] = (1, 2, 4, 8)
    candidates: tuple[int, ...] = (5, 20, 100, 300, 1000)
    prompts: tuple[int, ...] = (100, 300, 1000, 3000, 8000)
    repeats: int = 3


QUICK = Size(120, 5, 150, 2, (1, 2), (5, 20), (100, 200), repeats=1)


@dataclass(frozen=True)
class Texts:
    """Texts made of a shipped catalog's titles: any prompt of n tokens, and any number of different titles."""

    engine: FrozenLM
    titles: list[str]

    @classmethod
    def of(cls, engine: FrozenLM, workshop: Workshop) -> "Texts":
        return cls(engine, [f" {item.title}" for item in workshop.catalog("movies").items])

    def frame(self, tokens: int) -> str:
        """A few-shot prompt of exactly so many tokens: viewers, what they liked, and what they then loved."""
        shots, at = [], 0
        while len(self.engine.tokenizer.encode("".join(shots))) < tokens:
            liked, loved = ",".join(self.titles[at : at + 5]), self.titles[(at + 5) % len(self.titles)]
            shots.append(f"A viewer liked{liked}.{ANSWER}{loved}.\n\n")
            at = (at + 6) % (len(self.titles) - 6)
        end = self.engine.tokenizer.encode(ANSWER)
        ids = self.engine.tokenizer.encode("".join(shots))[: tokens - len(end)]
        return self.engine.tokenizer.decode([*ids, *end])

    def case(self, number: int, candidates: int) -> Request:
        """A user's own end of a prompt, with other titles than other cases have, and candidates."""
        at = 200 + 7 * number
        liked = ",".join(self.titles[at : at + 5])
        return f"\n\nA viewer liked{liked}.{ANSWER}", self.titles[at + 5 : at + 5 + candidates]


@dataclass
class Best:
    """The fastest of some repeats of one thing, and the least CPU time: what disturbs a machine only ever adds."""

    seconds: float = float("inf")
    cpu: float = float("inf")

    def time(self, work: Callable[[], T]) -> T:
        started, spent = time.perf_counter(), time.process_time()
        answer = work()
        self.seconds = min(self.seconds, time.perf_counter() - started)
        self.cpu = min(self.cpu, time.process_time() - spent)
        return answer


@dataclass(frozen=True)
class Arithmetic:
    """Floating-point operations of a decoder: two for each weight of its matrices and token, two for each product of a
    query with a key and as many for the mix of values, the LM head only where it is asked. Norms, activations and
    softmax are not counted."""

    body: int
    head: int
    attention: int
    """Per pair of a query and a key that it sees, over all heads and layers."""

    @classmethod
    def of(cls, engine: FrozenLM) -> "Arithmetic":
        model = engine._model.model
        config = model.config.get_text_config()
        matrices = [m for m in model.base_model.modules() if isinstance(m, torch.nn.Linear)]
        width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        return cls(
            body=2 * sum(m.weight.numel() for m in matrices),
            head=2 * config.hidden_size * config.vocab_size,
            attention=4 * config.num_attention_heads * width * config.num_hidden_layers,
        )

    def of_pass(self, tokens: int, rows: int, seen: int) -> int:
        return tokens * self.body + rows * self.head + seen * self.attention


def matrix_rate(engine: FrozenLM, tokens: int = 1000) -> float:
    """FLOP/s of the machine: plain products of the shapes of the model's layers, back to back, the best of five."""
    model = engine._model.model
    shapes = [tuple(m.weight.shape) for m in model.base_model.modules() if isinstance(m, torch.nn.Linear)]
    weights = [torch.randn(shape, dtype=model.dtype, device=model.device) for shape in shapes]
    inputs = {w: torch.randn(tokens, w, dtype=model.dtype, device=model.device) for w in {s[1] for s in shapes}}

    def products() -> None:
        for weight in weights:
            torch.nn.functional.linear(inputs[weight.shape[1]], weight)
        if model.device.type == "cuda":
            torch.cuda.synchronize()

    with torch.inference_mode():
        products()
        best = Best()
        for _ in range(5):
            best.time(products)
        return 2 * tokens * sum(w.numel() for w in weights) / best.seconds
