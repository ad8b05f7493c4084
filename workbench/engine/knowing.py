"""How well a model knows a language, measured: what one thing costs it to say there, against English."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass

from workbench.engine.protocol import Engine, Tokenizer
from workbench.languages import SENTENCES, name_of

BARELY = 1.5
"""From this many times the surprise of English on, a model barely knows a language (docs/languages.md)."""
MANY_TOKENS = 1.8
"""From this many times the tokens of English on, its tokenizer was hardly made for a language."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the sentence costs in a language, and what it costs in English."""

    language: str
    cost: float
    english: float

    @property
    def ratio(self) -> float:
        return self.cost / self.english


def surprise(engine: Engine, language: str, memo: MutableMapping[str, Sequence[float]]) -> Knowledge | None:
    """-log P of the sentence there and in English, in nats; None for a language without a sentence. Two short passes,
    once for each model and language: kept in `memo`. Raises ModelError where the engine can't score text."""
    if language not in SENTENCES:
        return None
    identity = engine.identity
    keys = {name: f"knows:{identity.weights_sha256}:{identity.dtype}:{name}" for name in (language, "en")}
    missing = [name for name, key in keys.items() if memo.get(key) is None]
    if missing:
        found = engine.loglikelihoods([("\n", [SENTENCES[name]]) for name in missing])
        memo.update({keys[name]: [-scores.scored[0].total] for name, scores in zip(missing, found, strict=True)})
    return Knowledge(language, memo[keys[language]][0], memo[keys["en"]][0])


def token_cost(tokenizer: Tokenizer, language: str) -> Knowledge | None:
    """Tokens of the sentence there and in English: known without the weights, in a preview."""
    if language not in SENTENCES or tokenizer.estimated:
        return None
    return Knowledge(language, len(tokenizer.encode(SENTENCES[language])), len(tokenizer.encode(SENTENCES["en"])))


def warning_of(known: Knowledge | None) -> str:
    """What to tell the user of a measured surprise, or ""."""
    if known is None or known.ratio < BARELY:
        return ""
    return (
        f"this model barely knows {name_of(known.language)}: the same two sentences cost it {known.ratio:.1f} times "
        f"the surprise of English ({known.cost:.0f} against {known.english:.0f} nats)"
    )


def token_warning_of(known: Knowledge | None) -> str:
    """What to tell of a tokenizer, or ""."""
    if known is None or known.ratio < MANY_TOKENS:
        return ""
    return (
        f"this model's tokenizer was hardly made for {name_of(known.language)}: the same two sentences take "
        f"{known.ratio:.1f} times the tokens of English; a run measures how well the model knows it"
    )
