"""The leaderboard: each entry with its interval and its difference to the baseline, and the verdict in words."""

import altair as alt
import pandas as pd
import streamlit as st

from workbench.evaluation.leaderboard import Board, Row, Scores, as_table, slices
from workbench.evaluation.measures import names_of
from workbench.store.experiment import CONTROLS, Experiment

SHOWN = ("ceiling", "coverage", "failed", "p50 s", "p95 s", "tokens")


def choose(experiment: Experiment) -> tuple[str, str]:
    """The measure and the baseline to look by."""
    plan = experiment.plan
    names, labels = list(names_of(plan.cutoffs)), [e.label for e in plan.entries]
    with st.container(horizontal=True):
        measure = st.selectbox(
            "Measure", names, names.index(plan.measure), key=f"experiment.measure.{experiment.id}", width=160
        )
        baseline = st.selectbox(
            "Baseline", labels, labels.index(plan.baseline), key=f"experiment.baseline.{experiment.id}", width=220
        )
    return measure, baseline


def draw(board: Board, experiment: Experiment) -> None:
    for finding in board.findings:
        st.markdown(f"- {finding}")
    if board.unjudged:
        st.caption(f"{board.unjudged} of {board.n_cases} cases have no known answer and are in no mean.")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _table(board)
    with right:
        _intervals(board)
    _cost(board)
    st.caption(
        "Means over all judged cases, one that failed counting 0; intervals of 95 % by bootstrap (BCa). Verdicts: a "
        f"randomisation test of paired cases, Holm's correction over the pairs and over the checks, at 5 %. A "
        f"difference of {experiment.plan.worth:g} is what would matter."
    )


def _table(board: Board) -> None:
    frame = pd.DataFrame(as_table(board))
    first = ["entry", board.measure, "low", "high", "to baseline", "delta low", "delta high", "cases"]
    shown = frame[[*first, *(name for name in SHOWN if name in frame)]]
    numbers = {c: st.column_config.NumberColumn(format="%.3f") for c in shown.columns if c not in ("entry", "cases")}
    numbers["failed"] = numbers["tokens"] = st.column_config.NumberColumn(format="%d")
    numbers["entry"] = st.column_config.TextColumn(pinned=True, width="medium")
    st.dataframe(shown, hide_index=True, key="experiment.board", column_config=numbers, alt="Leaderboard")


def _intervals(board: Board) -> None:
    rows = [
        {"entry": r.entry.label, "mean": r.measure.mean, "low": r.measure.low, "high": r.measure.high, "kind": _kind(r)}
        for r in board.rows
    ]
    kinds = alt.Scale(domain=["variant", "control", "baseline"], range=["#2f9e6e", "#c98500", "#9aa5a3"])
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y("entry:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)),
        color=alt.Color("kind:N", scale=kinds, legend=alt.Legend(title=None, orient="bottom")),
    )
    bars = base.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q", title=board.measure), x2="high:Q")
    dots = base.mark_circle(size=90).encode(x="mean:Q", tooltip=["entry", "mean", "low", "high"])
    st.altair_chart((bars + dots).properties(height=32 * len(rows) + 40), key="experiment.intervals", alt="Intervals")


def _kind(row: Row) -> str:
    role = row.entry.role
    return "variant" if role == "variant" else "control" if role in CONTROLS else "baseline"


def _cost(board: Board) -> None:
    rows = [
        {"entry": r.entry.label, board.measure: r.measure.mean, "seconds": r.p50}
        for r in board.rows
        if r.p50 is not None and r.entry.role == "variant"
    ]
    if len(rows) < 2:
        return
    st.markdown(f"**{board.measure} against what it costs**, seconds for a case (median)")
    chart = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("seconds:Q", scale=alt.Scale(zero=True)),
        y=alt.Y(f"{alt_name(board.measure)}:Q", title=board.measure, scale=alt.Scale(zero=False)),
    )
    layers = chart.mark_circle(size=90) + chart.mark_text(dx=14).encode(text="entry")
    st.altair_chart(layers.properties(height=220), key="experiment.cost", alt="Measure against cost")


def alt_name(name: str) -> str:
    """A column's name where dots and brackets would be read as a path."""
    return name.replace(".", "\\.").replace("[", "\\[").replace("]", "\\]")


def draw_slices(scores: Scores, measure: str) -> None:
    variants = [e for e in scores.plan.entries if e.role == "variant"]
    found = slices(scores, measure, variants)
    if not found:
        st.info("All cases are of one kind: there is nothing to slice.", icon=":material/pie_chart:")
        return
    rows = [
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
    numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in ("mean", "low", "high")}
    for dimension in dict.fromkeys(row["by"] for row in rows):
        mine = pd.DataFrame([row for row in rows if row["by"] == dimension])
        st.markdown(f"**By {dimension}**, {measure}")
        left, right = st.columns([2, 3], gap="medium")
        left.dataframe(
            mine.drop(columns="by"),
            hide_index=True,
            column_config=numbers,
            key=f"slices.{dimension}",
            alt=f"By {dimension}",
        )
        base = alt.Chart(mine).encode(
            y=alt.Y("part:N", title=None, axis=alt.Axis(labelLimit=220)),
            yOffset="variant:N",
            color=alt.Color("variant:N", legend=alt.Legend(title=None, orient="bottom")),
        )
        bars = base.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q", title=measure), x2="high:Q")
        dots = base.mark_circle(size=80).encode(x="mean:Q", tooltip=["part", "variant", "mean", "low", "high", "cases"])
        right.altair_chart(bars + dots, key=f"slices.{dimension}.chart", alt=f"Intervals by {dimension}")
