"""Cases, their truth and exemplars as the files of a catalog."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.records import Case, Exemplar, Qrels


def write_cases(folder: Path, cases: Sequence[Case], qrels: Qrels, exemplars: Sequence[Exemplar]) -> None:
    """Write `cases.jsonl` and `qrels.csv`, and `exemplars.jsonl` where there are any, over what is there."""
    _write_jsonl(folder / "cases.jsonl", cases)
    with (folder / "qrels.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case_id", "item_id", "grade"))
        writer.writerows((case, item, grade) for case, grades in qrels.items() for item, grade in grades.items())
    if exemplars:
        _write_jsonl(folder / "exemplars.jsonl", exemplars)


def _write_jsonl(path: Path, records: Iterable[Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            said = {key: value for key, value in asdict(record).items() if value}
            file.write(json.dumps(said, ensure_ascii=False) + "\n")
