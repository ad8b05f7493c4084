"""An experiment case by case: where two entries differ, and which case to look at."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from workbench.evaluation.measures import less_is_better
from workbench.evaluation.scores import Scores
from workbench.store.experiment import Entry, Experiment
from workbench.store.experiment_reading import CaseOrder, CasePage
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole
from workbench.ui.parts import experiment_case, pair_charts, tables

ORDERS: tuple[CaseOrder, ...] = ("largest gains first", "largest losses first", "as asked")
PAGE, EVERY = 25, 1_000_000
ALL = "all cases"


def draw(experiment: Experiment, scores: Scores, measure: str, baseline: str) -> None:
    entries = {e.label: e for e in experiment.plan.entries}
    others = [label for label in entries if label != baseline]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(f"Against {baseline}", others, key="cases.other", width=240)
        order = st.selectbox("Order", ORDERS, key="cases.order", width=220)
        part = st.selectbox("Of", [ALL, *_parts(scores)], key="cases.part", width=260)
        only = st.toggle("Only where the lists differ", key="cases.only")
    a, b = entries[baseline], entries[chosen]
    among = None if part == ALL else _parts(scores)[part]
    pair_charts.draw(_frame(scores, a, b, measure, among), a.label, b.label, measure)

    def read(offset: int, limit: int) -> CasePage:
        page: CasePage = shared().store.case_page(
            experiment.id,
            a.position,
            b.position,
            measure,
            only_differing=only,
            among=among,
            order=order,
            less_is_better=less_is_better(measure),
            when_failed=(scores.when_failed(a.position, measure), scores.when_failed(b.position, measure)),
            offset=offset,
            limit=limit,
        )
        return page

    # Another filter begins at its first page.
    key = f"cases.page.{experiment.id}.{a.position}.{b.position}.{measure}.{order}.{part}.{only}"
    _table(read, scores, (a, b), measure, key)
    experiment_case.draw(experiment, scores, a, b)


def _parts(scores: Scores) -> dict[str, list[int]]:
    """Part of the cases, in words -> the places of its cases."""
    found: dict[str, list[int]] = {}
    for at, asked in enumerate(scores.cases):
        for dimension, part in asked.slices.items():
            found.setdefault(f"{dimension}: {part}", []).append(at)
    return {name: places for name, places in sorted(found.items()) if len(places) < len(scores.cases)}


def _frame(scores: Scores, a: Entry, b: Entry, measure: str, among: list[int] | None) -> pd.DataFrame:
    left, right = scores.by_case(a.position, measure), scores.by_case(b.position, measure)
    left_rr, right_rr = scores.by_case(a.position, "RR"), scores.by_case(b.position, "RR")
    strict = "chance" not in (a.role, b.role)  # an order drawn at random has no rank, only a mean of them
    wanted = None if among is None else set(among)
    return pd.DataFrame(
        [
            {
                "case": scores.cases[at].case.id,
                "a": left[at],
                "b": right[at],
                "difference": right[at] - left[at],
                "ranks": _ranks_up(left_rr.get(at, 0.0), right_rr.get(at, 0.0)) if strict else None,
            }
            for at in left
            if at in right and (wanted is None or at in wanted)
        ]
    )


def _ranks_up(a: float, b: float) -> int | None:
    """From reciprocal ranks of the first right item, over repeats their mean; None where one has none."""
    return round(1 / a) - round(1 / b) if a and b else None


def _table(
    read: Callable[[int, int], CasePage], scores: Scores, entries: tuple[Entry, Entry], measure: str, key: str
) -> None:
    """A page of the cases; a click on one puts it into the link."""
    number = st.session_state.get(key, 1)
    page = read((number - 1) * PAGE, PAGE)
    if not page.rows:
        st.info("No case is left by this filter.", icon=":material/filter_alt_off:")
        return
    frame = as_frame(page, scores, *entries, measure)
    numbers = {e.label: st.column_config.NumberColumn(format="%.3f") for e in entries}
    numbers["difference"] = st.column_config.NumberColumn(format="%+.3f")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{page.total:,} cases. Click one to see its lists side by side.")
        tables.downloads(lambda: as_frame(read(0, EVERY), scores, *entries, measure), "cases", key="cases.table")
    table = f"cases.table.{key}.{number}"
    ids = list(frame["case"])
    st.dataframe(
        frame,
        hide_index=True,
        key=table,
        on_select=whole(lambda: experiment_case.choose(table, ids)),
        selection_mode="single-row",
        column_config=numbers,
        placeholder="–",
        alt="Cases",
    )
    pages = -(-page.total // PAGE)
    if pages > 1:
        st.pagination(pages, key=key)


def as_frame(page: CasePage, scores: Scores, a: Entry, b: Entry, measure: str) -> pd.DataFrame:
    """One row a case; values of a case without a known answer are left empty."""
    asked = [scores.cases[row.case_at].case for row in page.rows]
    known = scores.judged_by(measure)
    judged = [row if row.case_at in known else None for row in page.rows]
    return pd.DataFrame(
        {
            "case": [case.id for case in asked],
            "segment": [case.segment for case in asked],
            a.label: [row and row.a for row in judged],
            b.label: [row and row.b for row in judged],
            "difference": [row and row.difference for row in judged],
            "lists": ["failed" if row.failed else "differ" if row.differ else "same" for row in page.rows],
            "says": [case.description for case in asked],
        }
    )
