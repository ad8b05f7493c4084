"""Interactions become cases: what a user took before a moment is the history, what comes next the truth."""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.timeline import seconds
from workbench.errors import CatalogError, Problem
from workbench.options import option
from workbench.records import Case, Exemplar, Interaction, Qrels

if TYPE_CHECKING:
    from collections.abc import Callable

LONG, VERY_LONG = 5, 20
"""Items from which on a history is long, and very long."""
ACTIVE = 50
"""Interactions before the moment from which on a user is active."""
COLD = 5
"""Interactions by others before the moment below which an item is cold."""
HEAD = 0.2
"""The share of the items taken by then that counts as popular."""


@dataclass(frozen=True, slots=True)
class CaseSettings:
    """How cases are built; page and command line are made from these fields."""

    split: str = option(
        "last",
        "Split",
        "last: the last item of each user is the truth, asked at its time. time: one moment for all users.",
        choices=("last", "time"),
    )
    at: str = option("", "Moment of the time split", "ISO 8601; empty: nine tenths of the interactions are before it.")
    min_history: int = option(3, "Shortest history", "Users with fewer items before are left out.", minimum=1)
    max_history: int = option(20, "Longest history", "The most recent items that a case shows.", minimum=1)
    min_rating: float = option(0.0, "Lowest rating", "Only what was rated so, or not rated, is history or truth.")
    users: int = option(200, "Cases", "Users, drawn by the seed.", minimum=1)
    exemplars: int = option(20, "Exemplars", "Other users, kept apart from those of the cases.", minimum=0)
    seed: int = option(0, "Seed", "For users and candidates.", minimum=0)
    candidates: str = option(
        "given",
        "Candidates",
        "given: the truth and drawn items that the user never took. retrieved: whatever a source finds.",
        choices=("given", "retrieved"),
    )
    negatives: int = option(19, "Drawn items", "Beside the truth, in each list of candidates.", minimum=1)
    segment: str = option(
        "history",
        "Segments by",
        "What cases are grouped by, as of the moment asked.",
        choices=("history", "activity", "cold start", "popularity"),
    )


@dataclass(frozen=True, slots=True)
class Built:
    """`skipped` is the reason -> how many users gave no case for it."""

    cases: tuple[Case, ...] = ()
    qrels: Qrels = field(default_factory=dict)
    exemplars: tuple[Exemplar, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Question:
    """`time` is "" where the data holds no times: then only the order of a user's rows is known."""

    user: str
    history: tuple[str, ...]
    target: str
    time: str
    before: int


def build_cases(catalog: Catalog, settings: CaseSettings) -> Built:
    """Cases of users drawn by the seed, and exemplars of others. Whatever stands in a history was taken before the
    case's time, never at it; drawn candidates are items that the user took at no time. Raises CatalogError where
    nothing can be built."""
    if not len(catalog.interactions):
        raise CatalogError(Problem(f"catalog {catalog.meta.name} has no interactions", "cases", "import them"))
    timed = any(interaction.time for interaction in catalog.interactions)
    if settings.split == "time" and not timed:
        raise CatalogError(Problem("the interactions hold no times", "split = 'time'", "choose last"))
    at = _moment(catalog, settings) if settings.split == "time" else ""
    skipped: Counter[str] = Counter()
    found = _questions(catalog, settings, at, timed, skipped)
    segment_of = SEGMENTS[settings.segment]
    cases: list[Case] = []
    truth: dict[str, dict[str, int]] = {}
    exemplars: list[Exemplar] = []
    for question in found:
        candidates = _candidates(catalog, question, settings)
        if len(cases) < settings.users:
            case = Case(f"u{question.user}", "", question.history, question.user, question.time, candidates)
            cases.append(_segmented(case, segment_of(catalog, case, question), _note(catalog, case, question)))
            truth[case.id] = {question.target: 1}
        elif len(exemplars) < settings.exemplars:
            exemplars.append(_exemplar(question, candidates))
        else:
            break
    if not cases:
        reasons = ", ".join(f"{reason}: {n:,}" for reason, n in skipped.items())
        raise CatalogError(Problem("no user gives a case", "cases", f"ask for less ({reasons})"))
    return Built(tuple(cases), truth, tuple(exemplars), dict(skipped))


def _moment(catalog: Catalog, settings: CaseSettings) -> str:
    """The moment of the time split."""
    if settings.at:
        try:
            seconds(settings.at)
        except ValueError:
            raise CatalogError(Problem(f"at = {settings.at!r}", "cases", "expected ISO 8601")) from None
        return settings.at
    times = sorted((i.time for i in catalog.interactions if i.time), key=seconds)
    return times[int(len(times) * 0.9)]


def _questions(
    catalog: Catalog, settings: CaseSettings, at: str, timed: bool, skipped: Counter[str]
) -> Iterator[_Question]:
    """In the order of hashes of seed and user, so that a user's place depends on no other user."""
    for user in sorted(catalog.taken, key=lambda u: _hash(f"{settings.seed}:{u}")):
        rows = [i for i in catalog.taken[user] if i.item in catalog.rows]
        if timed and not all(i.time for i in rows):
            skipped["has interactions without a time"] += 1
            continue
        question = _question(user, rows, settings, at if settings.split == "time" else "", timed)
        if isinstance(question, str):
            skipped[question] += 1
        else:
            yield question


def _question(
    user: str, rows: Sequence[Interaction], settings: CaseSettings, at: str, timed: bool
) -> "_Question | str":
    """The question that a user's rows (oldest first) make, or why they make none. The target is new to the user."""
    first = {interaction.item: n for n, interaction in reversed(list(enumerate(rows)))}
    new = [n for n, i in enumerate(rows) if first[i.item] == n and _liked(i, settings)]
    if at:
        new = [n for n in new if seconds(rows[n].time) >= seconds(at)][:1]
    if not new:
        return "takes nothing new after the moment" if at else "takes nothing new that is rated so"
    target = rows[new[-1]]
    asked = at or target.time
    before = [i for i in rows if seconds(i.time) < seconds(asked)] if timed else list(rows[: new[-1]])
    if target.item in {i.item for i in before}:
        return "takes nothing new after the moment"
    liked = [i.item for i in before if _liked(i, settings)]
    recent = tuple(reversed(list(dict.fromkeys(reversed(liked)))))
    if len(recent) < settings.min_history:
        return f"has fewer than {settings.min_history} items before"
    return _Question(user, recent[-settings.max_history :], target.item, asked, len(before))


def _liked(interaction: Interaction, settings: CaseSettings) -> bool:
    return interaction.rating is None or interaction.rating >= settings.min_rating


def _candidates(catalog: Catalog, question: _Question, settings: CaseSettings) -> tuple[str, ...]:
    """The target among drawn items, shuffled. What the user took at any time is never drawn."""
    if settings.candidates == "retrieved":
        return ()
    own = {i.item for i in catalog.taken[question.user]}
    draw = random.Random(f"{settings.seed}:candidates:{question.user}")
    free = len(catalog.items) - len(own & catalog.rows.keys())
    if free < settings.negatives:
        what = f"user {question.user!r} left {free} items untaken, fewer than {settings.negatives}"
        raise CatalogError(Problem(what, "negatives", "draw fewer"))
    drawn: dict[str, None] = {}
    while len(drawn) < settings.negatives:
        item = draw.choice(catalog.items).id
        if item not in own:
            drawn[item] = None
    listed = [question.target, *drawn]
    draw.shuffle(listed)
    return tuple(listed)


def _exemplar(question: _Question, candidates: tuple[str, ...]) -> Exemplar:
    tags = (_by_history(None, None, question),)
    return Exemplar(
        id=f"x{question.user}",
        history=question.history,
        candidates=candidates,
        answer=(question.target,),
        user=question.user,
        tags=tags,
        time=question.time,
    )


def _segmented(case: Case, segment: str, note: str) -> Case:
    return Case(case.id, "", case.history, case.user, case.time, case.candidates, segment, note)


def _note(catalog: Catalog, case: Case, question: _Question) -> str:
    taken = int(_counts(catalog, case)[question.target])
    return f"{question.before} interactions before; the next item was taken {taken} times by others before"


def _by_history(catalog: Catalog | None, case: Case | None, question: _Question) -> str:
    n = len(question.history)
    return "short history" if n < LONG else "long history" if n < VERY_LONG else "very long history"


def _by_activity(catalog: Catalog, case: Case, question: _Question) -> str:
    return "active user" if question.before >= ACTIVE else "occasional user"


def _by_cold_start(catalog: Catalog, case: Case, question: _Question) -> str:
    return "cold item" if _counts(catalog, case)[question.target] < COLD else "warm item"


def _by_popularity(catalog: Catalog, case: Case, question: _Question) -> str:
    """Popular is an item that fewer than a fifth of the items taken by then were taken more often than."""
    counts = _counts(catalog, case)
    own, taken = counts[question.target], [count for count in counts.values() if count]
    above = sum(count > own for count in taken)
    return "popular item" if own and above < HEAD * len(taken) else "rare item"


def _counts(catalog: Catalog, case: Case) -> Mapping[str, float]:
    """How often others took each item before the case's time."""
    import numpy

    taken = catalog.timeline.item[catalog.timeline.known_to(case)]
    counts = numpy.bincount(taken, minlength=len(catalog.items)).tolist()
    return dict(zip(catalog.rows, counts, strict=True))


SEGMENTS: "dict[str, Callable[[Catalog, Case, _Question], str]]" = {
    "history": _by_history,
    "activity": _by_activity,
    "cold start": _by_cold_start,
    "popularity": _by_popularity,
}


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
