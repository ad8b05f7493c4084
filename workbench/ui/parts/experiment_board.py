"""The leaderboard: each entry with its interval and its difference to the baseline, and the verdict in words."""

import altair as alt
import pandas as pd
import streamlit as st

from workbench.evaluation.columns import deciding
from workbench.evaluation.labels import LABELS
from workbench.evaluation.leaderboard import Board, Row, as_table
from workbench.evaluation.measures import with_direction
from workbench.evaluation.pairs import as_pairs, missing_of
from workbench.evaluation.summary import against, headline
from workbench.store.experiment import CONTROLS, Experiment
from workbench.ui.parts import charts, tables

SHOWN = ("to baseline", "delta low", "delta high", "verdict", "ceiling", "coverage", "failed", "p50 s", "tokens")
COSTS = {
    "seconds for a case, median": "p50 s",
    "seconds for a case, 95 of 100": "p95 s",
    "tokens for a case": "tokens",
    "passes for a case": "passes",
}
WHOLE = ("cases", "failed", "tokens")


def choose(experiment: Experiment) -> tuple[str, str]:
    """The measure and the baseline to look by."""
    plan = experiment.plan
    names, labels = list(deciding(plan.variants, plan.cutoffs)), [e.label for e in plan.entries]
    measure = st.selectbox(
        "Measure", names, names.index(plan.measure), key=f"experiment.measure.{experiment.id}", width=130
    )
    baseline = st.selectbox(
        "Baseline", labels, labels.index(plan.baseline), key=f"experiment.baseline.{experiment.id}", width=190
    )
    return measure, baseline


def draw(board: Board, experiment: Experiment, baseline: str) -> None:
    verdict = headline(board, baseline) if against(board, baseline) else headline(board, experiment.plan.baseline)
    st.info(tables.plain(verdict), icon=":material/gavel:")
    if board.unjudged:
        st.caption(f"{board.unjudged} of {board.n_cases} cases have no known answer and are in no mean.")
    frame = _frame(board, baseline)
    _table(frame, board, experiment)
    left, right = st.columns(2, gap="medium")
    with left:
        _intervals(board)
    with right:
        _cost(frame, board)
    _labels(board)
    with st.expander(f"Every pair and every check ({len(board.findings)})", icon=":material/balance:"):
        for finding in board.findings:
            st.markdown(f"- {tables.plain(finding)}")
        _pairs(board)
    failed = "as the worst that a case can be" if board.measure in LABELS else "0"
    st.caption(
        f"Means over all judged cases, one that failed counting {failed}; intervals of 95 % by bootstrap (BCa). "
        f"Verdicts: a randomisation test of paired cases, Holm's correction over pairs and over checks, at 5 %. "
        f"A difference of {experiment.plan.worth:g} is what would matter."
    )
    st.page_link(
        "app_pages/vote.py",
        label="Let people judge these lists, names hidden",
        icon=":material/how_to_vote:",
        query_params={"experiment": experiment.id},
    )


def _pairs(board: Board) -> None:
    """How large each difference is, and what each side wins; then the cases that one side alone has."""
    differences = [*board.pairs, *board.checks]
    if not differences:
        return
    frame = pd.DataFrame(as_pairs(differences))
    signed = ("difference", "low", "high", "effect size")
    numbers = {name: st.column_config.NumberColumn(format="%+.3f") for name in signed}
    numbers["p (Holm)"] = st.column_config.NumberColumn(format="%.3f")
    numbers["missing"] = st.column_config.NumberColumn(help="Cases that one side alone has a value for")
    st.dataframe(
        frame, hide_index=True, key="experiment.pairs", column_config=numbers, placeholder="–", alt="Pair by pair"
    )
    for line in missing_of(differences):
        st.caption(tables.plain(line))


def _frame(board: Board, baseline: str) -> pd.DataFrame:
    said = {label: found.verdict for label, found in against(board, baseline).items()}
    frame = pd.DataFrame(as_table(board))
    verdicts = [said.get(label, "baseline" if label == baseline else "") for label in frame["entry"]]
    first = ["entry", board.measure, "low", "high", "to baseline", "delta low", "delta high", "verdict"]
    frame = frame.assign(verdict=verdicts)
    return frame[[*first, *(column for column in frame.columns if column not in first)]]


def _table(frame: pd.DataFrame, board: Board, experiment: Experiment) -> None:
    always = ["entry", board.measure, "low", "high", "cases"]
    optional = [c for c in frame.columns if c not in always]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.multiselect(
            "Columns",
            optional,
            default=[c for c in optional if c in SHOWN],
            key=f"experiment.columns.{experiment.id}",
            persist_state="session",
        )
        tables.downloads(lambda: frame, f"leaderboard-{experiment.id}", key="experiment.board")
    shown = frame[[c for c in frame.columns if c in always or c in wanted]]
    numbers = {
        c: st.column_config.NumberColumn(format="%d" if c in WHOLE else "%.3f")
        for c in shown.columns
        if c not in ("entry", "verdict")
    }
    numbers["verdict"] = st.column_config.TextColumn(width=125, help="After Holm's correction over all pairs")
    numbers["entry"] = st.column_config.TextColumn(pinned=True, width="medium")
    st.dataframe(
        shown,
        hide_index=True,
        height="content",
        key="experiment.board",
        column_config=numbers,
        placeholder="–",
        alt="Leaderboard",
    )


def _labels(board: Board) -> None:
    """For templates whose task is a label: how well each is told."""
    for row in board.rows:
        if row.classes:
            st.markdown(f"**Labels told by {tables.plain(row.entry.label)}**, over all cases together")
            rows = [
                {"label": c.label, "precision": c.precision, "recall": c.recall, "items": c.support}
                for c in row.classes
            ]
            numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in ("precision", "recall")}
            st.dataframe(
                rows,
                hide_index=True,
                key=f"experiment.labels.{row.entry.position}",
                column_config=numbers,
                placeholder="–",
                alt=f"Labels told by {row.entry.label}",
            )


def _intervals(board: Board) -> None:
    rows = [
        {"entry": r.entry.label, "mean": r.measure.mean, "low": r.measure.low, "high": r.measure.high, "kind": _kind(r)}
        for r in board.rows
        if r.measure.n
    ]
    if not rows:
        return
    st.markdown(f"**{with_direction(board.measure)}**, mean and 95 % interval")
    kinds = alt.Scale(domain=["variant", "control", "without a model"], range=[charts.GREEN, charts.AMBER, charts.GREY])
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y("entry:N", sort=None, title=None, axis=charts.NAMES),
        color=alt.Color("kind:N", scale=kinds, legend=alt.Legend(title=None, orient="bottom")),
    )
    chart = charts.intervals(
        base,
        low="low",
        mean="mean",
        high="high",
        title=with_direction(board.measure),
        tooltip=["entry", "mean", "low", "high"],
    )
    charts.show(chart, height=26 * len(rows) + 60, key="experiment.intervals", alt="Intervals")


def _kind(row: Row) -> str:
    role = row.entry.role
    return "variant" if role == "variant" else "control" if role in CONTROLS else "without a model"


def _cost(frame: pd.DataFrame, board: Board) -> None:
    """The variants, of which the best is at the top left, and at the bottom left where less is better."""
    title = st.selectbox(f"{board.measure} against what it costs", list(COSTS), key="experiment.cost.by", width=320)
    rows = pd.DataFrame(
        [
            {"entry": row.entry.label, "value": row.measure.mean, "low": row.measure.low, "high": row.measure.high}
            for row in board.rows
        ]
    ).assign(cost=pd.to_numeric(frame[COSTS[title]]) if COSTS[title] in frame else None)
    rows = rows[[row.entry.role == "variant" for row in board.rows]].dropna(subset=["cost"])
    if len(rows) < 2:
        st.caption("No two variants have a known cost.")
        return
    base = alt.Chart(rows).encode(
        x=alt.X("cost:Q", title=title, scale=alt.Scale(zero=True)), tooltip=["entry", "value", "low", "high", "cost"]
    )
    y = alt.Y("low:Q", title=with_direction(board.measure), scale=alt.Scale(zero=False))
    bars = base.mark_rule(opacity=0.5, color=charts.GREEN, strokeWidth=2).encode(y=y, y2="high:Q")
    dots = base.mark_circle(size=90, color=charts.GREEN).encode(y="value:Q")
    names = base.mark_text(align="left", dx=9, fontWeight="bold", color=charts.GREEN).encode(y="value:Q", text="entry")
    charts.show(bars + dots + names, height=300, key="experiment.cost", alt="Measure against cost")
