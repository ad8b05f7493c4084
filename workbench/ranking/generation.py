"""Ranking by a list that the model writes, each line matched to the catalog."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from workbench.engine.answers import Generated
from workbench.engine.protocol import Cancel, Engine, Sampling
from workbench.grounding import match, parse_list
from workbench.options import option
from workbench.ranking.protocol import Outcome, Question, writing
from workbench.records import MatchedLine


@dataclass(frozen=True, slots=True)
class Generation:
    """Free text, then grounding: an invented item is flagged, a second mention merged, and candidates that the model
    left out follow in the retriever's order. The score is the reciprocal of the place in the text."""

    summary: ClassVar[str] = (
        "The model writes a list; each line is matched to the catalog, and nothing is lost silently."
    )
    cost: ClassVar[str] = "one pass over the prompt, then one small pass for each token written"
    asks_each_candidate: ClassVar[bool] = False
    writes_text: ClassVar[bool] = True
    asks_by_letter: ClassVar[int] = 0
    goes_on: ClassVar[str] = "a list of titles"
    needs_tokens: ClassVar[bool] = False

    max_tokens: int = option(
        192, "Most tokens to write", "The text is cut there; the list so far counts.", minimum=1, maximum=4096
    )
    temperature: float = option(
        0.0, "Temperature", "0 always takes the likeliest word.", minimum=0.0, maximum=2.0, step=0.1
    )
    top_p: float = option(
        1.0,
        "Top p",
        "Words are drawn from the likeliest ones that hold this share.",
        minimum=0.01,
        maximum=1.0,
        step=0.05,
    )
    stop: str = option(
        "",
        "Stop strings",
        "The text ends before the first of these; parted by |, and \\n is a line break: ###|\\n\\n.",
    )
    numbered: bool = option(
        True, "Numbers name candidates", "A line that is only a number or letter names the candidate of that place."
    )
    by_meaning: bool = option(
        True,
        "Match by meaning",
        "A line that nothing is spelled like may name the candidate that means the same, by sentence embeddings.",
    )

    @property
    def shows(self) -> None:
        return None

    def rank(self, question: Question, engine: Engine, *, cancel: Cancel) -> Outcome:
        prompt = question.render(question.inputs)
        stop = stop_strings(self.stop)
        sampling = Sampling(self.max_tokens, self.temperature, self.top_p, question.seed, stop, stop_loops=True)
        hear = writing(question.on_progress, self.max_tokens)
        written = engine.generate(prompt.text, sampling, cancel=cancel, on_text=hear)
        candidates = {item.id: item.title for item in question.inputs.candidates}
        cut = not written.finished
        lines = match(
            parse_list(written.text),
            candidates,
            question.titles,
            numbered=self.numbered,
            cut=cut,
            released=question.released,
            meanings=question.meanings if self.by_meaning else None,
        )
        placed = [i for i in dict.fromkeys(line.item_id for line in lines) if i is not None and i in candidates]
        return Outcome(
            scores={item_id: 1.0 / place for place, item_id in enumerate(placed, start=1)},
            prompt=prompt,
            usage=written.usage,
            lines=lines,
            output=written.text,
            explanations={line.item_id: _said(line) for line in reversed(lines) if line.item_id},
            warnings=tuple(_warnings(written, lines, len(placed), len(candidates))),
        )


def stop_strings(written: str) -> tuple[str, ...]:
    """The strings of the option `stop`: parted by |, with \\n for a line break; empty ones are left out."""
    return tuple(part.replace("\\n", "\n") for part in written.split("|") if part)


def _said(line: MatchedLine) -> str:
    return f"written as “{line.line}”: {line.reason}" if line.reason else f"written as “{line.line}”"


def _warnings(written: Generated, lines: Sequence[MatchedLine], placed: int, n: int) -> list[str]:
    kinds = Counter(line.kind for line in lines)
    found = [] if written.finished else ["the text was cut at the token limit"]
    if not lines:
        found.append("no list could be read from the text: the order is the retriever's")
    found += [f"{kinds[kind]} {kind}" for kind in ("invented", "ambiguous", "outside") if kinds[kind]]
    if repeated := sum(line.duplicate for line in lines):
        found.append(f"{repeated} mentioned again")
    if placed < n:
        found.append(f"{n - placed} of {n} candidates left out")
    return found
