"""A Vote: which of two lists for one case a person finds better, without knowing whose they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Verdict = Literal["a", "b", "tie", "bad"]
VERDICTS: tuple[Verdict, ...] = ("a", "b", "tie", "bad")
"""The list of `a` is better, that of `b` is, neither is, and neither is any good."""
JUDGE_LENGTH = 80
"""Characters that a judge's name may have."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What a judge said of the lists of entries `a` and `b` (a < b) for one case. `left` is the one of the two that was
    shown on the left."""

    judge: str
    case_at: int
    a: int
    b: int
    left: int
    verdict: Verdict
    cast_at: datetime | None = None
    """UTC; the store sets it, a value given is not written."""

    @property
    def question(self) -> tuple[int, int, int]:
        return self.case_at, self.a, self.b

    @property
    def worth(self) -> float:
        """What `b` gets of the one point that is given: a half where neither is better."""
        return {"a": 0.0, "b": 1.0, "tie": 0.5, "bad": 0.5}[self.verdict]
