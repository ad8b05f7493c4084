"""A leaderboard in a few sentences: for whoever wants to know what came out and not how."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workbench.evaluation.leaderboard import Board
from workbench.evaluation.measures import with_direction
from workbench.evaluation.significance import Difference, Verdict
from workbench.store.experiment import CONTROLS, Role

_OTHER_WAY: dict[Verdict, Verdict] = {"better": "worse", "worse": "better"}


@dataclass(frozen=True, slots=True)
class Against:
    """A variant against the baseline: its corrected verdict, and the difference, the baseline's value taken off;
    `wanted` is how many cases would be needed, where there are fewer."""

    label: str
    verdict: Verdict
    mean: float
    low: float
    high: float
    p: float
    wanted: int | None


def against(board: Board, baseline: str) -> dict[str, Against]:
    """By label, every variant that was paired with the baseline."""
    found = {}
    for pair in board.pairs:
        if pair.a == baseline:
            found[pair.b] = _against(pair, pair.b, 1)
        elif pair.b == baseline:
            found[pair.a] = _against(pair, pair.a, -1)
    return found


def _against(pair: Difference, label: str, sign: int) -> Against:
    verdict = pair.verdict if sign > 0 else _OTHER_WAY.get(pair.verdict, pair.verdict)
    ends = sorted((sign * pair.interval.low, sign * pair.interval.high))
    return Against(label, verdict, sign * pair.interval.mean, ends[0], ends[1], pair.p_holm, pair.needed)


def headline(board: Board, baseline: str) -> str:
    """The verdict in one sentence or two."""
    return " ".join(_sentences(board, baseline))


def _sentences(board: Board, baseline: str) -> Iterator[str]:
    found = against(board, baseline)
    means = {row.entry.label: row.measure for row in board.rows}
    if not found:
        yield from (
            f"{row.entry.label} reaches {with_direction(board.measure)} {row.measure.mean:.3f} "
            f"[{row.measure.low:.3f}, {row.measure.high:.3f}] over {row.measure.n} cases; nothing was compared with it."
            for row in board.rows
            if row.entry.role == "variant"
        )
        return
    better = sorted((a for a in found.values() if a.verdict == "better"), key=lambda a: -abs(a.mean))
    if better:
        first = better[0]
        yield (
            f"{first.label} is better than {baseline}: {with_direction(board.measure)} "
            f"{means[first.label].mean:.3f} against {means[baseline].mean:.3f}, "
            f"a difference of {first.mean:+.3f} (95 % interval {first.low:+.3f} to "
            f"{first.high:+.3f}, p {first.p:.3f}) over {means[first.label].n} cases."
        )
        yield from _named("Also better", found, "better", without=first.label)
    else:
        yield f"No variant is shown to be better than {baseline} by {with_direction(board.measure)}."
    yield from _named("Worse", found, "worse")
    yield from _named("No clear difference", found, "no clear difference")
    few = [a for a in found.values() if a.verdict == "too few cases"]
    if few:
        names, most = ", ".join(a.label for a in few), max(a.wanted or 0 for a in few)
        seen = f"a difference of {board.pairs[0].worth:g}"
        enough = f"about {most} would be needed to see {seen}" if most else f"{seen} is not ruled out"
        yield f"Too few cases to tell: {names}; {enough}."
    yield from (doubt(board, better[0].label) if better else ())


def _named(words: str, found: Mapping[str, Against], verdict: Verdict, *, without: str = "") -> Iterator[str]:
    names = [a.label for a in found.values() if a.verdict == verdict and a.label != without]
    if names:
        yield f"{words}: {', '.join(names)}."


def doubt(board: Board, label: str) -> Iterator[str]:
    """What stands against a variant that looks good: which of retriever and controls it is not shown to beat."""
    roles: dict[str, Role] = {row.entry.label: row.entry.role for row in board.rows}
    mine = [check for check in board.checks if check.b == label]
    names = [check.a for check in mine if check.verdict != "better" and not check.unasked]
    either = ""
    if any(roles.get(name) == "retriever" for name in names):
        either = " either"
        yield f"But {label} is not shown to beat the order that its own retriever gives, for which no model is needed."
    controls = [roles[name] for name in names if roles.get(name) in CONTROLS]
    if controls:
        near = " and with ".join(controls)
        yield f"It is not shown that {label} makes use of the user{either}: its control with {near} is near."
    for check in mine:
        if check.unasked:
            yield f"Whether {label} makes use of the user is not known either: {check.a} failed on most cases."
