"""`workbench eval`: an experiment of a file, run or gone on with, and what came of it; and two experiments compared."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from workbench.cli import evaluate_printing as printing
from workbench.cli import wiring
from workbench.cli.printing import interrupted, say
from workbench.cli.rank import find_template
from workbench.cli.tracking import Track, check_trackers, tell_trackers
from workbench.errors import Problem, VariantError

if TYPE_CHECKING:
    from workbench.evaluation.gate import Limit
    from workbench.experiments.pace import Progress
    from workbench.store.experiment import AskedCase, ExperimentPlan
    from workbench.workshop import Workshop

HELP = """Run the experiment that a YAML file describes, and say which variant is better: `workbench eval CONFIG`.

What is done is kept case by case: Ctrl+C stops it, a killed one loses the case in flight at most, and the same command
goes on where it ended. What was ranked before, by any experiment, is not ranked again.

Examples:

- `workbench eval experiment.yaml`
- `workbench eval experiment.yaml --retry-failed`
- `workbench eval experiment.yaml --columns nDCG@10,coverage,"p95 s" --csv board.csv --results results.parquet`
- `workbench eval experiment.yaml --fail-under ndcg@10=0.40 --not-worse-than A --junit gate.xml`
- `workbench eval experiment.yaml --few-shot-curve B`
- `workbench eval experiment.yaml --ablate B`
- `workbench eval compare 1f0c:A 93be:B`
- `workbench eval report 1f0c --html report.html`

`workbench eval run --help` lists all options.
"""


class _RunByDefault(TyperGroup):
    """What is no command of its own is the file of an experiment to run."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["run", *args]
        found: list[str] = super().parse_args(ctx, args)
        return found


app = typer.Typer(cls=_RunByDefault, no_args_is_help=True, help=HELP)
Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML file: see docs/experiments.md.")]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Try again what failed before.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Columns = Annotated[str, typer.Option("--columns", help="Which columns to print, with commas between; `all` for all.")]
Csv = Annotated[Path | None, typer.Option("--csv", help="Write the leaderboard, all columns, to this CSV file.")]
Results = Annotated[Path | None, typer.Option("--results", help="Write every result to this .csv or .parquet file.")]
Curve = Annotated[
    str,
    typer.Option("--few-shot-curve", metavar="LABEL", help="Run that variant with 0, 1, 2, 4, 8 exemplars instead."),
]
Ablate = Annotated[
    str, typer.Option("--ablate", metavar="LABEL", help="Run that variant with one part less, each in turn, instead.")
]
Under = Annotated[
    list[str] | None,
    typer.Option("--fail-under", metavar="NAME=X", help="Exit with 1 where a variant's column is under X. Repeatable."),
]
Over = Annotated[
    list[str] | None,
    typer.Option("--fail-over", metavar="NAME=X", help="Exit with 1 where a variant's column is over X. Repeatable."),
]
NotWorse = Annotated[
    str,
    typer.Option(
        "--not-worse-than",
        metavar="ENTRY",
        help="Exit with 1 where a variant is worse than this entry, surely or by more than `worth`.",
    ),
]
Junit = Annotated[Path | None, typer.Option("--junit", help="Write the gate's outcome as JUnit XML to this file.")]
A_SIDE = Annotated[str, typer.Argument(metavar="EXPERIMENT:ENTRY", help="An experiment's id, or how it begins.")]


@app.command("run", no_args_is_help=True)
def run(
    config: Config,
    retry_failed: Retry = False,
    track: Track = None,
    as_json: Json = False,
    columns: Columns = "",
    csv: Csv = None,
    results: Results = None,
    few_shot_curve: Curve = "",
    ablate: Ablate = "",
    fail_under: Under = None,
    fail_over: Over = None,
    not_worse_than: NotWorse = "",
    junit: Junit = None,
) -> None:
    """Run the experiment of a file, or go on with it.

    Exit codes: 0 it is done and all demands are met; 1 it was stopped, or a demand is not met; 2 it can't be run.
    """
    from workbench.evaluation.gate import checks, read_limit
    from workbench.evaluation.gate import junit as as_junit
    from workbench.experiments.reading import read_board, read_scores
    from workbench.experiments.running import run_experiment

    check_trackers(track or ())
    printing.check_files(csv, results, junit)
    limits = [read_limit(text, "under") for text in fail_under or ()]
    limits += [read_limit(text, "over") for text in fail_over or ()]
    workshop = wiring.open_workshop()
    store = workshop.store
    assert store is not None
    plan, cases = _planned(config, workshop, few_shot_curve, ablate)
    demanded = _demanded(plan, workshop, limits, columns, not_worse_than)
    experiment_id = store.begin_experiment(plan, cases)
    if retry_failed:
        say(f"{store.forget_failures(experiment_id)} failed results are tried again")
    with interrupted() as stopped, _shown() as on_cell:
        experiment = run_experiment(store, workshop, experiment_id, cancel=stopped.is_set, on_cell=on_cell)
    scores = read_scores(store, experiment)
    board = read_board(store, workshop, experiment, scores, baseline=not_worse_than)
    found = checks(board, demanded, baseline=not_worse_than, worth=plan.worth)
    printing.write_tables(board, scores, csv, results)
    if junit:
        junit.write_text(as_junit(plan.name, board, scores, found), encoding="utf-8")
    printing.print_board(experiment, board, found, columns=columns, baseline=not_worse_than, as_json=as_json)
    tell_trackers(track or (), store, workshop, experiment, board)
    if experiment.status == "stopped":
        say("stopped; the same command goes on")
    if experiment.status == "stopped" or not all(check.passed for check in found):
        raise typer.Exit(1)


@app.command("compare", no_args_is_help=True)
def compare(
    a: A_SIDE,
    b: A_SIDE,
    measure: Annotated[str, typer.Option("--measure", help="What decides; that of A's experiment without it.")] = "",
    as_json: Json = False,
) -> None:
    """Compare entries of two experiments on the cases that both asked.

    Example: `workbench eval compare 1f0c:A "93be:Retrieval of A"`
    """
    from workbench.experiments.reading import across

    store = wiring.open_workshop().store
    assert store is not None
    printing.print_across(across(store, _side(a), _side(b), measure=measure), as_json=as_json)


def _side(text: str) -> Any:
    from workbench.experiments.reading import Side

    experiment, colon, label = text.partition(":")
    if not colon:
        raise VariantError(Problem(f"{text!r} names no entry", fix="write EXPERIMENT:ENTRY, such as 1f0c:A"))
    return Side(experiment, label)


def _planned(
    config: Path, workshop: "Workshop", curve: str, ablate: str
) -> "tuple[ExperimentPlan, tuple[AskedCase, ...]]":
    from workbench.experiments.config import plan_of, read_config
    from workbench.experiments.derived import ablation_plan, curve_plan

    if curve and ablate:
        raise VariantError(Problem("--few-shot-curve and --ablate are two experiments", fix="run one after the other"))
    plan, cases = plan_of(
        read_config(config), workshop, lambda name: find_template(name, workshop), folder=config.parent
    )
    if curve or ablate:
        derive, label = (curve_plan, curve) if curve else (ablation_plan, ablate)
        plan = derive(plan, workshop.catalog(plan.catalog), cases, label)
    return plan, cases


def _demanded(
    plan: "ExperimentPlan", workshop: "Workshop", limits: "Sequence[Limit]", columns: str, not_worse_than: str
) -> "tuple[Limit, ...]":
    """The limits under the names of the leaderboard's columns. Raises VariantError for an entry or a column that there
    will not be, and for demands on nobody: before the run, which may take hours."""
    from workbench.evaluation.columns import possible_columns
    from workbench.evaluation.gate import check_measured, check_tested, named_as

    labels = [entry.label for entry in plan.entries]
    if not_worse_than and not_worse_than not in labels:
        raise VariantError(Problem(f"no entry {not_worse_than!r}", "--not-worse-than", f"known: {', '.join(labels)}"))
    if not_worse_than:
        check_measured(plan, not_worse_than)
        check_tested([v.label for v in plan.variants], not_worse_than)
    known = possible_columns(plan, workshop.catalog(plan.catalog).meta.attributes)
    printing.check_columns(columns, known)
    return named_as(limits, known)


@contextmanager
def _shown() -> Iterator[Callable[["Progress"], None]]:
    """A line on stderr that says how far it is and how long it will take."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("loading the model") as status:

        def on_cell(progress: "Progress") -> None:
            failed = f", {progress.failed} failed" if progress.failed else ""
            left = "" if progress.left is None else f", {duration(progress.left)} left"
            text = f"{progress.done} of {progress.total} (variant, case) done{failed}{left}"
            status.update(text)
            if not console.is_terminal and progress.done % max(1, progress.total // 10) == 0:
                say(text)

        yield on_cell


def duration(seconds: float) -> str:
    """As people say it: 40 s, 3 min, 2 h 10 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
