"""`--track`: an experiment told to TensorBoard, MLflow or Weights & Biases."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.printing import say

if TYPE_CHECKING:
    from workbench.evaluation.leaderboard import Board
    from workbench.store.experiment import Experiment
    from workbench.store.store import Store
    from workbench.workshop import Workshop

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


def tell_trackers(
    targets: Sequence[str], store: "Store", workshop: "Workshop", experiment: "Experiment", board: "Board"
) -> None:
    """Write it to each target."""
    if not targets:
        return
    from workbench.experiments.reporting import read_report
    from workbench.tracking import track, tracked_of

    tracked = tracked_of(experiment, board, read_report(store, workshop, experiment))
    for target in targets:
        say(f"tracked: {track(target, tracked)}")
