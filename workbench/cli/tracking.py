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


def tell_trackers(targets: Sequence[str], experiment: "Experiment", board: "Board", scores: "Scores") -> None:
    """Write it to each target. Raises VariantError for one that is unknown, before anything is written."""
    if not targets:
        return
    from workbench.evaluation.leaderboard import slices
    from workbench.evaluation.report import report
    from workbench.tracking import read_target, track, tracked_of

    for target in targets:
        read_target(target)
    variants = [e for e in experiment.plan.entries if e.role == "variant"]
    tracked = tracked_of(experiment, board, report(experiment, board, slices(scores, board.measure, variants)))
    for target in targets:
        say(f"tracked: {track(target, tracked)}")
