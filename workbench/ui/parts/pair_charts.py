"""Two entries over the same cases, drawn: each case's two values, how much it changes, and how far right items move."""

import altair as alt
import pandas as pd
import streamlit as st

from workbench.evaluation.measures import less_is_better
from workbench.ui.parts import charts, tables


def draw(frame: pd.DataFrame, a: str, b: str, measure: str) -> None:
    """`frame` has a row for each case: case, a, b, difference, and where they are known ranks, which may be missing."""
    if frame.empty:
        st.caption("No judged case has a result under both.")
        return
    less = less_is_better(measure)
    columns = st.columns(3 if "ranks" in frame else 2, gap="medium")
    with columns[0]:
        side = "below" if less else "above"
        st.markdown(f"**Each case**, {measure}: {side} the line {tables.plain(b)} is better")
        ends = [0.0, max(1.0, frame[["a", "b"]].max().max())]
        line = alt.Chart(pd.DataFrame({"x": ends, "y": ends})).mark_line(strokeDash=[4, 4], color=charts.GREY)
        # Many cases have the same two values: where they lie over one another it is darker.
        dots = alt.Chart(frame).mark_circle(size=70, opacity=0.4, color=charts.GREEN)
        tooltip = ["case", "a", "b", "difference"]
        encoded = dots.encode(x=alt.X("a:Q", title=a), y=alt.Y("b:Q", title=b), tooltip=tooltip)
        both = line.encode(x="x:Q", y="y:Q") + encoded
        charts.show(both, height=300, key="cases.scatter", alt="Both values of each case")
    with columns[1]:
        st.markdown(f"**How much {measure} changes**, {tables.plain(b)} less {tables.plain(a)}")
        if frame["difference"].any():
            _bars(
                frame,
                "difference",
                f"difference of {measure}",
                "cases.changes",
                "Distribution of the changes",
                less=less,
            )
        else:
            st.caption("It changes for no case.")
    if "ranks" in frame:
        with columns[2]:
            st.markdown("**How many ranks the first right item moves**, up is positive")
            _ranks(frame)


def _ranks(frame: pd.DataFrame) -> None:
    known = frame.dropna(subset=["ranks"])
    if known.empty:
        st.caption("No case has a right item in both lists.")
        return
    _bars(known, "ranks", "ranks up", "cases.ranks", "Distribution of rank changes")
    if lost := len(frame) - len(known):
        st.caption(f"{lost} of {len(frame)} cases have no right item in one of the lists or both.")


def _bars(frame: pd.DataFrame, column: str, title: str, key: str, name: str, *, less: bool = False) -> None:
    """Losses have another colour: what is below 0, and what is not where `less` is better."""
    step = {"step": 1} if column == "ranks" and frame[column].abs().max() <= 20 else {"maxbins": 21}
    colours = (charts.GREEN, charts.AMBER) if less else (charts.AMBER, charts.GREEN)
    bars = alt.Chart(frame).mark_bar().transform_bin(["from", "to"], column, bin=alt.Bin(**step))
    encoded = bars.encode(
        x=alt.X("from:Q", title=title, bin="binned"),
        x2="to:Q",
        y=alt.Y("count()", title="cases", axis=alt.Axis(tickMinStep=1)),
        color=alt.condition("datum.from < 0", *map(alt.value, colours)),
    )
    charts.show(encoded, height=300, key=key, alt=name)
