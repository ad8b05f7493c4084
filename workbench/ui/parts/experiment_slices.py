"""An experiment by parts of its cases: segment, history length, language, popularity of the target."""

import altair as alt
import pandas as pd
import streamlit as st

from workbench.store.experiment import Experiment
from workbench.ui.parts import charts, tables
from workbench.ui.parts.experiment_scores import slices_now


def draw(experiment: Experiment, measure: str) -> None:
    found = slices_now(experiment, measure)
    if not found:
        st.info("All cases are of one kind: there is nothing to slice.", icon=":material/pie_chart:")
        return
    frame = pd.DataFrame(
        [
            {
                "by": s.dimension,
                "part": s.part,
                "variant": s.label,
                "mean": s.measure.mean,
                "low": s.measure.low,
                "high": s.measure.high,
                "cases": s.measure.n,
            }
            for s in found
        ]
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("A part of few cases has a wide interval: parts are for ideas, the leaderboard decides.")
        tables.downloads(lambda: frame, f"slices-{experiment.id}", key="experiment.slices")
    for dimension, mine in frame.groupby("by", sort=False):
        _dimension(str(dimension), mine.drop(columns="by"), measure)


def _dimension(dimension: str, mine: pd.DataFrame, measure: str) -> None:
    st.markdown(f"**By {tables.plain(dimension)}**, {measure}")
    left, right = st.columns([2, 3], gap="medium")
    numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in ("mean", "low", "high")}
    left.dataframe(
        mine,
        hide_index=True,
        column_config=numbers,
        key=f"slices.{dimension}",
        alt=f"By {dimension}",
    )
    base = alt.Chart(mine).encode(
        y=alt.Y("part:N", title=None, sort=None, axis=charts.NAMES),
        yOffset="variant:N",
        color=alt.Color("variant:N", legend=alt.Legend(title=None, orient="bottom")),
    )
    tooltip = ["part", "variant", "mean", "low", "high", "cases"]
    chart = charts.intervals(base, low="low", mean="mean", high="high", title=measure, tooltip=tooltip)
    rows = mine["part"].nunique() * max(1, mine["variant"].nunique())
    with right:
        charts.show(chart, height=18 * rows + 80, key=f"slices.{dimension}.chart", alt=f"Intervals by {dimension}")
