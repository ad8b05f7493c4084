"""What `workbench eval` prints and writes: the leaderboard, the verdicts, the gate, and tables as files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.printing import print_json, print_table, say
from workbench.errors import Problem, VariantError, raise_all

if TYPE_CHECKING:
    from workbench.evaluation.gate import Check
    from workbench.evaluation.leaderboard import Board, Row
    from workbench.evaluation.scores import Scores
    from workbench.evaluation.significance import Difference
    from workbench.experiments.reading import Across
    from workbench.store.experiment import Experiment


def print_board(
    experiment: "Experiment",
    board: "Board",
    checks: "Sequence[Check]",
    *,
    columns: str = "",
    baseline: str = "",
    as_json: bool,
) -> None:
    """The columns that were chosen, or the usual ones; then what was found in words, and the gate."""
    from workbench.evaluation.measures import less_is_better

    chosen = _chosen(board, columns)
    say(f"experiment {experiment.id}: {experiment.n_done} results, {experiment.n_failed} failed, {experiment.status}")
    if as_json:
        print_json(_as_json(experiment, board, checks, chosen))
        return
    title = f"{experiment.plan.name}: {board.n_cases} cases of {experiment.plan.catalog}, {board.unjudged} unjudged"
    title += "; less is better" if less_is_better(board.measure) else ""
    if chosen:
        print_table(chosen, [[row.get(name) for name in chosen] for row in _table(board)], title=title)
    else:
        against = f"against {baseline or experiment.plan.baseline}"
        names = ("entry", board.measure, "95 % interval", against, "ceiling", "failed", "p50 s")
        print_table(names, [_cells(row) for row in board.rows], title=title)
    for row in board.rows:
        if row.classes:
            cells = [(c.label, c.precision, c.recall, c.support) for c in row.classes]
            print_table(("label", "precision", "recall", "items"), cells, title=f"Labels told by {row.entry.label}")
    _print_pairs([*board.pairs, *board.checks])
    for finding in board.findings:
        print(finding)
    for check in checks:
        print(f"{'passed' if check.passed else 'FAILED'}: {check.label}: {check.demand}: {check.words}")


def _print_pairs(differences: "Sequence[Difference]") -> None:
    from workbench.evaluation.pairs import as_pairs, missing_of

    if differences:
        names = ("pair", "effect size", "wins", "ties", "losses", "cases", "missing")
        cells = [[row[name] for name in names] for row in as_pairs(differences)]
        print_table(names, cells, title="Pair by pair: effect size is Cohen's d of the paired differences")
    for line in missing_of(differences):
        print(line)


def _as_json(
    experiment: "Experiment", board: "Board", checks: "Sequence[Check]", chosen: tuple[str, ...]
) -> dict[str, Any]:
    rows = [{k: v for k, v in row.items() if not chosen or k in chosen} for row in _table(board)]
    return {
        "id": experiment.id,
        "status": experiment.status,
        "plan": experiment.plan.model_dump(mode="json"),
        "rows": rows,
        "classes": {row.entry.label: row.classes for row in board.rows if row.classes},
        "pairs": board.pairs,
        "checks": board.checks,
        "findings": board.findings,
        "gate": checks,
    }


def _table(board: "Board") -> list[dict[str, object]]:
    from workbench.evaluation.leaderboard import as_table

    return as_table(board)


def _chosen(board: "Board", columns: str) -> tuple[str, ...]:
    from workbench.evaluation.leaderboard import columns_of

    if columns.strip() in ("", "all"):
        return columns_of(board) if columns.strip() else ()
    return tuple(dict.fromkeys(["entry", *_named(columns)]))


def _named(columns: str) -> list[str]:
    return [name.strip() for name in columns.split(",") if name.strip()]


def check_columns(columns: str, known: Sequence[str]) -> None:
    """Raises VariantError for a column that the leaderboard will not have."""
    unknown = [name for name in _named(columns) if name not in ("entry", *known)]
    if unknown and columns.strip() != "all":
        what = f"no column {', '.join(map(repr, unknown))}"
        raise VariantError(Problem(what, "--columns", f"known: {', '.join(known)}"))


def _cells(row: "Row") -> tuple[object, ...]:
    found, delta = row.measure, row.to_baseline.interval if row.to_baseline else None
    against = f"{delta.mean:+.3f} [{delta.low:+.3f}, {delta.high:+.3f}]" if delta and delta.n else None
    spread = f"{found.low:.3f} to {found.high:.3f}" if found.n else None
    return (
        row.entry.label,
        found.mean if found.n else None,
        spread,
        against,
        row.means.get("ceiling"),
        row.failed,
        row.p50,
    )


def write_tables(board: "Board", scores: "Scores", csv: Path | None, results: Path | None) -> None:
    import pandas as pd

    from workbench.evaluation.leaderboard import results_table

    if csv:
        pd.DataFrame(_table(board)).to_csv(csv, index=False)
    if results:
        frame = pd.DataFrame(results_table(scores))
        _ = frame.to_csv(results, index=False) if results.suffix == ".csv" else frame.to_parquet(results, index=False)


def check_files(csv: Path | None, results: Path | None, junit: Path | None) -> None:
    """Raises VariantError for a file that could not be written, and for a table of an unknown kind: told before an hour
    of work, not after it."""
    problems = []
    if results and results.suffix not in (".csv", ".parquet"):
        what = f"no table can be written as {results.suffix or 'a file without an ending'}"
        problems.append(Problem(what, str(results), "end its name in .csv or .parquet"))
    for path in (csv, results, junit):
        if path and not path.parent.is_dir():
            problems.append(Problem(f"there is no folder {str(path.parent)!r}", str(path), "make it first"))
        elif path and path.is_dir():
            problems.append(Problem("is a folder", str(path), "name a file in it"))
    raise_all(VariantError, problems)


def print_across(found: "Across", *, as_json: bool) -> None:
    from workbench.evaluation.pairs import listed

    for warning in found.warnings:
        say(f"note: {warning}")
    if as_json:
        print_json({"verdict": found.difference.verdict, "words": found.difference.words, **_plain(found)})
        return
    d = found.difference
    rows = [("cases compared", d.interval.n), ("wins", d.wins), ("ties", d.ties), ("losses", d.losses)]
    missing = (("only in A", found.only_a), ("only in B", found.only_b), ("no longer the same", found.changed))
    counted = [*rows, ("effect size", d.effect), *((name, len(ids)) for name, ids in missing)]
    print_table(("", found.measure), counted, title=f"{d.b} less {d.a}")
    for name, ids in missing:
        if ids:
            print(f"{name}: {listed(ids)}")
    print(d.words)


def _plain(found: "Across") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(found)
