"""`--track`: an experiment told to TensorBoard, MLflow or Weights & Biases."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.printing import say

if TYPE_CHECKING:
    from workbench.evaluation.leaderboard import Board, Scores
    from workbench.store.experiment import Experiment

Track = Annotated[
    list[str] | None,
    typer.Option(
        "--track",
        metavar="TOOL:FOLDER",
        help="Also write it to tensorboard:, mlflow: or wandb: below a folder; see docs/experiments.md. Repeatable.",
    ),
]


def check_trackers(targets: Sequence[str]) -> None:
    """Raises VariantError for a target that is unknown: told before hours are spent."""
    if targets:
        from workbench.tracking import read_target

        for target in targets:
            read_target(target)


def tell_trackers(targets: Sequence[str], experiment: "Experiment", board: "Board", scores: "Scores") -> None:
    """Write it to each target."""
    if not targets:
        return
    from workbench.evaluation.leaderboard import slices
    from workbench.evaluation.report import report
    from workbench.tracking import track, tracked_of

    variants = [e for e in experiment.plan.entries if e.role == "variant"]
    tracked = tracked_of(experiment, board, report(experiment, board, slices(scores, board.measure, variants)))
    for target in targets:
        say(f"tracked: {track(target, tracked)}")
