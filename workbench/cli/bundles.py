"""A bundle run again, and what came of it."""

from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli import wiring
from workbench.cli.printing import print_json, print_table, progress, say

if TYPE_CHECKING:
    from workbench.bundle import Bundle, Check


def rerun_bundle(path: Path, *, as_json: bool) -> bool:
    """Rerun the bundle, print each case's outcome, and say whether all came out the same."""
    from workbench.bundle import differences, read_bundle, rerun

    bundle = read_bundle(path)
    workshop = wiring.open_workshop()
    with progress() as on_progress:
        on_progress("loading the model", 0.0)
        differing = differences(bundle, workshop)
        for difference in differing:
            say(f"warning: {difference}")
        checks = rerun(bundle, workshop, on_progress=on_progress)
    reproduced = all(check.reproduced for check in checks)
    if as_json:
        _print_json(bundle, checks, differing, reproduced)
    else:
        _print_tables(bundle, checks)
        print("reproduced" if reproduced else "NOT reproduced")
    return reproduced


def _print_json(bundle: "Bundle", checks: "tuple[Check, ...]", differing: tuple[str, ...], reproduced: bool) -> None:
    print_json(
        {
            "reproduced": reproduced,
            "differences": differing,
            "catalog": bundle.catalog.name,
            "variant_digest": bundle.variant.digest,
            "cases": [
                {
                    "case_id": check.case_id,
                    "reproduced": check.reproduced,
                    "same_exemplars": check.same_exemplars,
                    "same_order": check.same_order,
                    "largest_difference": check.largest_difference,
                    "ranked": [asdict(row) for row in check.new.ranked],
                }
                for check in checks
            ],
        }
    )


def _print_tables(bundle: "Bundle", checks: "tuple[Check, ...]") -> None:
    titles = {item.id: item.title for item in bundle.items}
    for check in checks:
        was = {row.item_id: (row.rank, row.score) for row in check.old.ranked}
        shown = [(row, *was.get(row.item_id, (None, None))) for row in check.new.ranked[: bundle.variant.k]]
        print_table(
            ("rank", "was", "item", "title", "score", "was"),
            [
                (row.rank, rank, row.item_id, titles.get(row.item_id, ""), row.score, score)
                for row, rank, score in shown
            ],
            title=f"{bundle.catalog.title}, case {check.case_id}: {_verdict(check)}",
        )


def _verdict(check: "Check") -> str:
    gap = check.largest_difference
    order = "same order" if check.same_order else "another order"
    scores = f"scores differ by at most {gap:.2g}" if isfinite(gap) else "other scores"
    exemplars = "" if check.same_exemplars else ", other exemplars"
    return f"{order}, {'equal scores' if gap == 0 else scores}{exemplars}"
