"""What one variant has said in a search, case by case, and when its failures are more than those of single cases."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from workbench.errors import Problem
from workbench.search.asking import Answer
from workbench.search.choosing import mean
from workbench.search.folder import SearchError
from workbench.search.study import Tried
from workbench.variant import Variant

MEND = "mend it, then go on with the search: what failed is asked again"


@dataclass
class Asked:
    """`means` is how many cases -> the mean over the first so many. Cases that failed are among them, with 0."""

    variant: Variant
    name: str
    values: list[float] = field(default_factory=list)
    costs: list[Tried] = field(default_factory=list)
    means: dict[int, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """Of the cases that failed, in their order."""
    unforeseen: int = 0
    """How many of them failed with an error that is none of our own."""

    def add(self, answer: Answer) -> None:
        self.values.append(answer.value)
        self.costs.append(Tried(answer.seconds, answer.passes))
        self.unforeseen += answer.unforeseen
        if answer.problem:
            self.problems.append(answer.problem)

    @property
    def tried(self) -> Tried:
        """What is kept of it."""
        return replace(mean(self.costs), failures=len(self.problems), problem=next(iter(self.problems), ""))

    def check(self) -> None:
        """Raises SearchError where every case failed with an error that nobody foresaw: that is no bad variant."""
        if 0 < len(self.values) == self.unforeseen:
            raise SearchError(self.all_failed)

    @property
    def all_failed(self) -> Problem:
        """What to say where they did."""
        return Problem(f"all {len(self.values)} cases failed, the first with: {self.problems[0]}", self.name, MEND)


def check_defaults(defaults: Sequence[Asked]) -> None:
    """Raises SearchError where no template as it ships could be asked any case: there is nothing to be better than."""
    if all(0 < len(asked.values) == len(asked.problems) for asked in defaults):
        raise SearchError(*(asked.all_failed for asked in defaults))
