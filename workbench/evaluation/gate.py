"""A gate: what an experiment must reach for a build to pass, and its outcome as JUnit XML."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from xml.etree import ElementTree

from workbench.errors import Problem, VariantError, raise_all
from workbench.evaluation.labels import LABELS
from workbench.evaluation.leaderboard import Board, Row, as_table
from workbench.evaluation.measures import less_is_better
from workbench.evaluation.scores import Scores
from workbench.evaluation.significance import corrected
from workbench.store.experiment import CONTROLS, ExperimentPlan

_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])
"""Characters that XML 1.0 cannot hold."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A column of the leaderboard and what it must not fall under, or not go over."""

    column: str
    value: float
    side: Literal["under", "over"]


@dataclass(frozen=True, slots=True)
class Check:
    """One demand on one variant; `words` say what was found."""

    label: str
    demand: str
    passed: bool
    words: str


def read_limit(text: str, side: Literal["under", "over"]) -> Limit:
    """`ndcg@10=0.40`: a column's name and a number. Raises VariantError."""
    name, _, number = text.rpartition("=")
    try:
        return Limit(name.strip(), float(number), side)
    except ValueError:
        what = f"{number!r} in {text!r} is no number"
        raise VariantError(Problem(what, f"--fail-{side}", "write NAME=NUMBER, such as ndcg@10=0.40")) from None


def named_as(limits: Sequence[Limit], known: Sequence[str]) -> tuple[Limit, ...]:
    """The limits under the known names of columns, capitals aside. Raises VariantError for those of other names,
    and for what would let through the worst: a number under which none may fall, where less is better."""
    names = {column.casefold(): column for column in known}
    problems = [
        Problem(f"no column {limit.column!r}", f"--fail-{limit.side}", f"known: {', '.join(known)}")
        for limit in limits
        if limit.column.casefold() not in names
    ]
    problems += [
        Problem(
            f"less is better for {limit.column}", "--fail-under", f"write --fail-over {limit.column}={limit.value:g}"
        )
        for limit in limits
        if limit.side == "under" and less_is_better(names.get(limit.column.casefold(), ""))
    ]
    raise_all(VariantError, problems)
    return tuple(replace(limit, column=names[limit.column.casefold()]) for limit in limits)


def check_measured(plan: ExperimentPlan, baseline: str) -> None:
    """Raises VariantError for an entry that the plan's measure has no number of."""
    told = [e.label for e in plan.entries if e.role == "variant" or e.role in CONTROLS]
    if plan.measure in LABELS and baseline not in told:
        what = f"{baseline!r} tells no labels, and has no {plan.measure}"
        raise VariantError(Problem(what, "--not-worse-than", f"one of {', '.join(told)}"))


def check_tested(labels: Sequence[str], baseline: str) -> None:
    """Raises VariantError where no variant is left to make a demand on: a gate that checks nothing lets all through."""
    if all(label == baseline for label in labels):
        what = f"no variant is left to check beside {baseline!r}, which is what others are held against"
        fix = "name another entry, such as 'Popularity', or add a variant"
        raise VariantError(Problem(what, "--not-worse-than", fix))


def checks(board: Board, limits: Sequence[Limit], *, baseline: str = "", worth: float) -> tuple[Check, ...]:
    """Every demand on every variant but the baseline. `baseline`, where it is given, is the entry that the board's
    differences are to: a variant is worse where the test says so, corrected over these variants, or where its mean
    falls short by more than `worth`, sure or not."""
    tested = [row for row in board.rows if row.entry.role == "variant" and row.entry.label != baseline]
    table = {row["entry"]: row for row in as_table(board)}
    found = [
        _limited(row.entry.label, limit, table[row.entry.label].get(limit.column)) for row in tested for limit in limits
    ]
    return (*found, *(_not_worse(tested, baseline, worth) if baseline else ()))


def _limited(label: str, limit: Limit, value: object) -> Check:
    demand = f"{limit.column} not {limit.side} {limit.value:g}"
    if not isinstance(value, int | float):
        return Check(label, demand, False, f"{label} has no {limit.column}")
    passed = value >= limit.value if limit.side == "under" else value <= limit.value
    return Check(label, demand, passed, f"{limit.column} of {label} is {value:.4f}")


def _not_worse(tested: Sequence[Row], baseline: str, worth: float) -> Iterator[Check]:
    differences = corrected([row.to_baseline for row in tested if row.to_baseline])
    for found in differences:
        short = found.interval.mean if found.less_is_better else -found.interval.mean
        asked = found.interval.n > 0 and not found.unasked
        passed = asked and found.verdict != "worse" and short <= worth
        unsure = f"; short of it by {short:.3f}, more than {worth:g}" if short > worth else ""
        yield Check(found.b, f"not worse than {baseline}", passed, f"{found.words}{unsure}")


def junit(name: str, board: Board, scores: Scores, found: Sequence[Check]) -> str:
    """JUnit XML: a test case for each check, one for each variant that tells its number, and one, as an error, for each
    case that failed."""
    suite = ElementTree.Element("testsuite", name=_clean(name))
    for row in (row for row in board.rows if row.entry.role == "variant"):
        case = _case(suite, row.entry.label, board.measure)
        said = f"{board.measure} {row.measure.mean:.4f} [{row.measure.low:.4f}, {row.measure.high:.4f}], {row.n} cases"
        ElementTree.SubElement(case, "system-out").text = _clean(said)
        for result in scores.results.get(row.entry.position, ()):
            if result.status == "failed":
                failed = _case(suite, row.entry.label, f"case {scores.cases[result.case_at].case.id}")
                ElementTree.SubElement(failed, "error", message=_clean(result.problem))
    for check in found:
        case = _case(suite, check.label, check.demand)
        if not check.passed:
            ElementTree.SubElement(case, "failure", message=_clean(check.words))
    for kind, tag in (("tests", "testcase"), ("failures", "testcase/failure"), ("errors", "testcase/error")):
        suite.set(kind, str(len(suite.findall(tag))))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _case(suite: ElementTree.Element, label: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_clean(label), name=_clean(name))


def _clean(text: str) -> str:
    return text.translate(_FORBIDDEN)
