"""Built cases go into a catalog of the user's own, all of their files at once."""

import json
from dataclasses import asdict
from pathlib import Path

import yaml

from workbench.catalogs.case_building import Built, CaseSettings
from workbench.catalogs.case_files import write_cases
from workbench.catalogs.placing import linked, placed
from workbench.errors import CatalogError, Problem

SETTINGS = "built-cases.json"
"""Beside cases that were built: how. Cases without it were written by people, and are not replaced unasked."""
_CASE_FILES = ("cases.jsonl", "qrels.csv", "exemplars.jsonl", SETTINGS)


def place_cases(folder: Path, parent: Path, built: Built, settings: CaseSettings, *, name: str, replace: bool) -> Path:
    """Write the cases into the catalog `parent/name`: a copy of the one in `folder`, or that itself with new cases.

    Raises CatalogError where that would replace cases that people wrote, or another catalog.
    """
    here = folder == parent / name
    if here and (folder / "cases.jsonl").exists() and not (folder / SETTINGS).exists() and not replace:
        raise CatalogError(Problem(f"{name} has cases that were not built", "cases", "write a copy, or replace them"))
    with placed(parent, name, replace=replace or here) as part:
        for file in folder.iterdir():
            if file.is_file() and file.name not in _CASE_FILES and not file.name.startswith("."):
                linked(file, part / file.name)
        meta = yaml.safe_load((folder / "catalog.yaml").read_text("utf-8"))
        (part / "catalog.yaml").unlink()
        (part / "catalog.yaml").write_text(
            yaml.safe_dump({**meta, "name": name}, allow_unicode=True, sort_keys=False), "utf-8"
        )
        write_cases(part, built.cases, built.qrels, built.exemplars)
        (part / SETTINGS).write_text(json.dumps(asdict(settings), indent=1), "utf-8")
    return parent / name
