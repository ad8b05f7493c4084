"""MLflow: an experiment's rows as runs of one parent, in a store of files: an SQLite file and a folder of artifacts."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

    from workbench.tracking.tracked import Tracked, TrackedRow

DATABASE = "mlflow.db"
LONGEST = 6000
"""Characters of a parameter that MLflow keeps."""
OURS = "workbench.experiment"


def to_mlflow(tracked: "Tracked", folder: Path) -> Path:
    """Writes into `FOLDER/mlflow.db`; `mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow.db` opens it."""
    from mlflow.tracking import MlflowClient

    folder.mkdir(parents=True, exist_ok=True)
    place = folder.resolve()
    client = MlflowClient(tracking_uri=f"sqlite:///{place / DATABASE}")
    known = client.get_experiment_by_name(tracked.name)
    artifacts = (place / "artifacts").as_uri()
    mlflow_id = known.experiment_id if known else client.create_experiment(tracked.name, artifact_location=artifacts)
    for run in client.search_runs([mlflow_id], filter_string=f"tags.`{OURS}` = '{tracked.id}'"):
        client.delete_run(run.info.run_id)
    parent = client.create_run(mlflow_id, run_name=tracked.name, tags={OURS: tracked.id}).info.run_id
    for name, value in tracked.facts.items():
        client.log_param(parent, _name(name), value[:LONGEST])
    client.log_text(parent, tracked.report, "report.html")
    client.log_text(parent, "\n".join(tracked.findings), "verdicts.txt")
    client.log_text(parent, json.dumps(list(tracked.table), indent=2, ensure_ascii=False), "leaderboard.json")
    for row in tracked.rows:
        _row(client, mlflow_id, parent, tracked.id, row)
    client.set_terminated(parent)
    return place / DATABASE


def _row(client: "MlflowClient", mlflow_id: str, parent: str, experiment_id: str, row: "TrackedRow") -> None:
    tags = {OURS: experiment_id, "mlflow.parentRunId": parent, "role": row.role}
    run = client.create_run(mlflow_id, run_name=row.label, tags=tags).info.run_id
    for name, value in row.settings.items():
        client.log_param(run, _name(name), value[:LONGEST])
    for name, number in row.numbers.items():
        client.log_metric(run, _name(name), number)
    client.set_terminated(run)


def _name(name: str) -> str:
    """MLflow takes letters, digits and a few signs: `nDCG@10` becomes `nDCG at 10`."""
    return re.sub(r"[^\w\-. :/]", "_", name.replace("@", " at "))
