"""How well each variant told the labels, where its template's task is the label."""

from collections.abc import Mapping, Sequence

import streamlit as st

from workbench.evaluation.labels import LabelReport, label_report
from workbench.prompts import parse
from workbench.store.comparison import Run


def draw(done: Sequence[Run], grades: Mapping[str, int]) -> None:
    """Nothing where no finished run was asked for labels or no truth is known."""
    found = {run.label: _report(run, grades) for run in done}
    reports = {name: report for name, report in found.items() if report}
    if not reports:
        return
    st.markdown("**How well the labels were told**")
    rows = [
        {
            "variant": name,
            "cross-entropy": report.cross_entropy,
            "all alike": report.uniform,
            "squared error": report.squared_error,
            "accuracy": report.accuracy,
            "items": report.n,
        }
        for name, report in reports.items()
    ]
    numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in list(rows[0])[1:-1]}
    numbers["all alike"] = st.column_config.NumberColumn(
        format="%.3f", help="Cross-entropy of a model that finds every label as likely as another"
    )
    st.dataframe(rows, hide_index=True, key="labels", column_config=numbers, alt="How well labels were told")
    st.dataframe(
        [row for name, report in reports.items() for row in _classes(name, report)],
        hide_index=True,
        key="labels.classes",
        alt="Precision and recall of each label",
    )


def _report(run: Run, grades: Mapping[str, int]) -> LabelReport | None:
    return label_report(run.ranking, parse(run.variant.template).front, grades) if run.ranking else None


def _classes(name: str, report: LabelReport) -> list[dict[str, object]]:
    return [
        {"variant": name, "label": c.label, "precision": c.precision, "recall": c.recall, "items": c.support}
        for c in report.classes
    ]
