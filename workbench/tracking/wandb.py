"""Weights & Biases, offline: one run for the experiment, which `wandb sync` may send later; nothing is sent here."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.tracking.tracked import Tracked

PROJECT = "workbench"


def to_wandb(tracked: "Tracked", folder: Path) -> Path:
    """Writes `FOLDER/wandb/offline-run-…`."""
    import wandb

    folder.mkdir(parents=True, exist_ok=True)
    for earlier in (folder / "wandb").glob(f"offline-run-*-{tracked.id}"):
        shutil.rmtree(earlier)
    settings = wandb.Settings(console="off", silent=True, disable_git=True, disable_code=True, x_disable_stats=True)
    run = wandb.init(
        project=PROJECT,
        id=tracked.id,
        name=tracked.name,
        dir=str(folder),
        mode="offline",
        config={
            "facts": dict(tracked.facts),
            **{row.label: dict(row.settings) for row in tracked.rows if row.settings},
        },
        settings=settings,
    )
    try:
        run.log({f"{row.label}/{name}": number for row in tracked.rows for name, number in row.numbers.items()})
        columns = list(dict.fromkeys(name for line in tracked.table for name in line))
        lines = [[line.get(name) for name in columns] for line in tracked.table]
        run.log({"leaderboard": wandb.Table(columns=columns, data=lines)})
        run.summary["verdicts"] = list(tracked.findings)
        with tempfile.TemporaryDirectory() as scratch:
            report = Path(scratch) / "report.html"
            report.write_text(tracked.report, encoding="utf-8")
            artifact = wandb.Artifact(f"report-{_name(tracked.id)}", "report")
            artifact.add_file(str(report))
            run.log_artifact(artifact)
            run.finish()
    finally:
        run.finish()
    (found,) = (folder / "wandb").glob(f"offline-run-*-{tracked.id}")
    return found


def _name(name: str) -> str:
    return re.sub(r"[^\w.-]", "-", name)
