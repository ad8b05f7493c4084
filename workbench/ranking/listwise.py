"""Ranking by letters: one pass over all candidates, and the letters' chances are the order."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.engine.protocol import Cancel, Engine
from workbench.options import option
from workbench.ranking.letters import CALIBRATED, MOST, Ballot, ask_all, letter
from workbench.ranking.protocol import Outcome, Question
from workbench.records import Item, Usage


@dataclass(frozen=True, slots=True)
class Letters:
    """The chance of each letter as the first token of the answer, after Reddy et al. (2024), "FIRST". More candidates
    than a window holds: windows of that size slide from the last candidates to the first by half their size, each
    taking along the best of the one before, after Sun et al. (2023), "Is ChatGPT Good at Search?"."""

    summary: ClassVar[str] = "All candidates are shown with letters; how likely each letter is comes from one pass."
    cost: ClassVar[str] = "one prompt up to a window's size, then one for each half window more; calibrated doubles it"
    asks_each_candidate: ClassVar[bool] = False
    writes_text: ClassVar[bool] = False
    asks_by_letter: ClassVar[int] = 3
    goes_on: ClassVar[str] = "a letter"
    needs_tokens: ClassVar[bool] = False

    calibrated: bool = option(True, "Calibrated", CALIBRATED)
    window: int = option(20, "Window", "How many candidates one prompt shows.", minimum=2, maximum=MOST)

    @property
    def shows(self) -> int:
        return self.window

    def rank(self, question: Question, engine: Engine, *, cancel: Cancel) -> Outcome:
        order = list(question.inputs.candidates)
        if not order:
            return Outcome({}, question.render(question.inputs))
        starts = _starts(len(order), self.window)
        said: dict[str, str] = {}
        ballots: list[Ballot] = []
        for number, start in enumerate(starts, start=1):
            shown = order[start : start + self.window]
            (ballot,) = ask_all([shown], question, engine, calibrated=self.calibrated, cancel=cancel)
            ballots.append(ballot)
            which = f", window {number} of {len(starts)}" if len(starts) > 1 else ""
            said |= {
                item.id: f"letter {letter(at)} of {len(shown)}: {chance:.1%}{which}"
                for at, (item, chance) in enumerate(zip(shown, ballot.chances, strict=True))
            }
            # Sorting is stable: what ties keeps the order in which it was shown.
            places = sorted(range(len(shown)), key=lambda at: -ballot.chances[at])
            order[start : start + self.window] = [shown[at] for at in places]
            question.on_progress(f"window {number} of {len(starts)}", number / len(starts))
        usage = sum((ballot.usage for ballot in ballots), Usage())
        # The last window is the one with the first places: its prompt is the one to look at.
        last = ballots[-1]
        return Outcome(_scores(order, ballots), last.prompt, usage, explanations=said, warnings=last.warnings)


def _starts(n: int, window: int) -> list[int]:
    """Where windows start, from the back to the front."""
    starts = [max(0, n - window)]
    while starts[-1] > 0:
        starts.append(max(0, starts[-1] - max(1, window // 2)))
    return starts


def _scores(order: list[Item], ballots: list[Ballot]) -> dict[str, float]:
    """The chances where one window held all; chances of different windows can't be compared, places can."""
    if len(ballots) == 1:
        return dict(zip((item.id for item in order), sorted(ballots[0].chances, reverse=True), strict=True))
    return {item.id: -float(place) for place, item in enumerate(order, start=1)}
