"""An experiment case by case: where two entries differ, and the lists of one case side by side."""

import altair as alt
import pandas as pd
import streamlit as st

from workbench.errors import Problem, WorkbenchError
from workbench.evaluation.leaderboard import Scores
from workbench.store.comparison import Comparison, Run, RunStatus
from workbench.store.experiment import Entry, Experiment
from workbench.store.experiment_reading import CaseOrder, CasePage
from workbench.ui.bootstrap import shared
from workbench.ui.parts import results, run_details

ORDERS: tuple[CaseOrder, ...] = ("largest gains first", "largest losses first", "as asked")
PAGE = 25


def draw(experiment: Experiment, scores: Scores, measure: str, baseline: str) -> None:
    entries = {e.label: e for e in experiment.plan.entries}
    others = [label for label in entries if label != baseline]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(f"Against {baseline}", others, key="cases.other", width=240)
        order = st.selectbox("Order", ORDERS, key="cases.order", width=220)
        only = st.toggle("Only where the lists differ", key="cases.only")
    a, b = entries[baseline], entries[chosen]
    _charts(scores, a, b, measure)
    number = st.session_state.get("cases.page", 1)
    page = shared().store.case_page(
        experiment.id,
        a.position,
        b.position,
        measure,
        only_differing=only,
        order=order,
        offset=(number - 1) * PAGE,
        limit=PAGE,
    )
    case_at = _table(page, scores, a, b)
    pages = max(1, -(-page.total // PAGE))
    if pages > 1:
        st.number_input(f"Page of {pages}", 1, pages, key="cases.page", width=140)
    if case_at is not None:
        _case(experiment, scores, case_at, baseline)


def _charts(scores: Scores, a: Entry, b: Entry, measure: str) -> None:
    left_values, right_values = scores.by_case(a.position, measure), scores.by_case(b.position, measure)
    rows = [
        {"case": scores.cases[at].case.id, "a": left_values[at], "b": right_values[at], "at": at}
        for at in left_values
        if at in right_values
    ]
    if not rows:
        return
    frame = pd.DataFrame(rows)
    frame["difference"] = frame["b"] - frame["a"]
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**Each case**, {measure}: above the line {b.label} is better")
        line = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]})).mark_line(strokeDash=[4, 4], color="#9aa5a3")
        dots = alt.Chart(frame).mark_circle(size=80, opacity=0.55, color="#2f9e6e")
        encoded = dots.encode(
            x=alt.X("a:Q", title=a.label), y=alt.Y("b:Q", title=b.label), tooltip=["case", "a", "b", "difference"]
        )
        chart = line.encode(x="x:Q", y="y:Q") + encoded
        st.altair_chart(chart.properties(height=300), key="cases.scatter", alt="Both values of each case")
    with right:
        st.markdown(f"**How much a case changes**, {b.label} less {a.label}")
        bars = alt.Chart(frame).mark_bar(color="#4285f4")
        encoded = bars.encode(
            x=alt.X("difference:Q", bin=alt.Bin(maxbins=21), title=f"difference of {measure}"),
            y=alt.Y("count()", title="cases"),
        )
        st.altair_chart(encoded.properties(height=300), key="cases.changes", alt="Distribution of the changes")


def _table(page: CasePage, scores: Scores, a: Entry, b: Entry) -> int | None:
    """The page's cases; gives the place of the chosen one."""
    frame = pd.DataFrame(
        [
            {
                "case": scores.cases[row.case_at].case.id,
                "segment": scores.cases[row.case_at].case.segment,
                a.label: row.a,
                b.label: row.b,
                "difference": row.difference,
                "lists": "failed" if row.failed else "differ" if row.differ else "same",
                "says": scores.cases[row.case_at].case.description,
            }
            for row in page.rows
        ]
    )
    if frame.empty:
        st.info("No case is left by this filter.", icon=":material/filter_alt_off:")
        return None
    numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in (a.label, b.label, "difference")}
    st.caption(f"{page.total:,} cases. Click one to see its lists side by side.")
    event = st.dataframe(
        frame,
        hide_index=True,
        key="cases.table",
        on_select="rerun",
        selection_mode="single-row",
        column_config=numbers,
        alt="Cases",
    )
    rows = event["selection"]["rows"]
    return page.rows[rows[0]].case_at if rows and rows[0] < len(page.rows) else None


def _case(experiment: Experiment, scores: Scores, case_at: int, baseline: str) -> None:
    """The side-by-side view of one case, as the Compare page draws it."""
    store, plan = shared().store, experiment.plan
    found = {r.entry: r for r in store.case_results(experiment.id, case_at) if r.repeat == 0}
    runs = []
    for at, variant in enumerate(plan.variants):
        result = found.get(at)
        ranking = store.ranking_of(result.key) if result and result.status == "done" else None
        problems = (Problem(result.problem),) if result and result.problem else ()
        status: RunStatus = result.status if result else "queued"
        runs.append(Run(at, variant, status, ranking=ranking, problems=problems))
    case = scores.cases[case_at].case
    comparison = Comparison(
        id=f"{experiment.id}.{case_at}",
        draft_id="",
        catalog=plan.catalog,
        catalog_fingerprint=plan.catalog_fingerprint,
        case=case,
        baseline=baseline,
        created_at=experiment.created_at,
        runs=tuple(runs),
    )
    st.subheader(f"Case {case.id}")
    if case.description:
        st.text(f"They say: {case.description}")
    try:
        catalog = shared().workshop.catalog(plan.catalog)
        st.text("History: " + (" → ".join(catalog.item(i).title for i in case.history) or "none"))
        results.draw(comparison, catalog, baseline)
    except WorkbenchError as error:
        st.error(str(error), icon=":material/error:")


def draw_settings(experiment: Experiment) -> None:
    """What differs between any two variants."""
    runs = [Run(at, variant, "done") for at, variant in enumerate(experiment.plan.variants)]
    if len(runs) < 2:
        st.info("There is one variant only: nothing differs.", icon=":material/difference:")
        return
    run_details.draw_difference(runs)
