"""Trackers: an experiment written to where a team keeps its runs. Each library is an extra."""

from collections.abc import Callable
from pathlib import Path

from workbench.errors import Problem, VariantError
from workbench.tracking.mlflow import to_mlflow
from workbench.tracking.tensorboard import to_tensorboard
from workbench.tracking.tracked import Tracked, tracked_of
from workbench.tracking.wandb import to_wandb

Tracker = Callable[[Tracked, Path], Path]
"""Writes what is tracked below a folder, in place of what it wrote of the same experiment before; gives the path that
the tool opens. The library is imported when it is called."""

TRACKERS: dict[str, Tracker] = {"tensorboard": to_tensorboard, "mlflow": to_mlflow, "wandb": to_wandb}


def track(target: str, tracked: Tracked) -> Path:
    """Write to a target as `mlflow:FOLDER`. Raises VariantError for one that is unknown, or whose library is not
    installed."""
    name, path = read_target(target)
    try:
        return TRACKERS[name](tracked, path)
    except ImportError as error:
        fix = f"install it: pip install 'workbench[{name}]'"
        raise VariantError(Problem(f"{name} is not installed ({error})", target, fix)) from error


def read_target(target: str) -> tuple[str, Path]:
    """(tracker, folder) of `mlflow:FOLDER`. Raises VariantError."""
    name, colon, path = target.partition(":")
    if name not in TRACKERS or not colon or not path:
        fix = f"write one of {', '.join(f'{known}:FOLDER' for known in TRACKERS)}"
        raise VariantError(Problem(f"can't track to {target!r}", "--track", fix))
    return name, Path(path)


__all__ = ["TRACKERS", "Tracked", "read_target", "track", "tracked_of"]
