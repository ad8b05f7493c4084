"""What the blind votes of an experiment say, names shown."""

import altair as alt
import pandas as pd
import streamlit as st

from workbench.evaluation.votes import (
    Rating,
    alpha,
    as_rows,
    judge_pairs,
    left_share,
    measure_agreement,
    preferences,
    ratings,
)
from workbench.store.experiment import Experiment
from workbench.store.vote import Vote
from workbench.ui.bootstrap import shared
from workbench.ui.parts import charts, tables
from workbench.ui.parts.experiment_scores import scores_now

PARTS = "%.2f"


def draw(experiment: Experiment) -> None:
    votes = shared().store.votes(experiment.id)
    if not votes:
        st.info("Nobody has voted yet.", icon=":material/how_to_vote:")
        return
    entries, seed = experiment.plan.entries, experiment.plan.seed
    judges = sorted({vote.judge for vote in votes})
    for preference in preferences(votes, entries, seed=seed):
        st.markdown(f"- {tables.plain(preference.words)}")
    st.caption(f"Votes: {len(votes):,}. Judges: {', '.join(judges)}.")
    left, right = st.columns(2, gap="medium")
    with left:
        _ratings(ratings(votes, entries, seed=seed))
    with right:
        _judges(votes, seed)
    _measures(experiment, votes)
    frame = pd.DataFrame(as_rows(votes, scores_now(experiment)))
    st.download_button(
        "Votes as CSV",
        frame.to_csv(index=False),
        file_name=f"votes-{experiment.id}.csv",
        mime="text/csv",
        key="vote.csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _ratings(found: tuple[Rating, ...]) -> None:
    st.markdown("**Ratings** (Bradley-Terry): the share of votes that each would win against an average one")
    frame = pd.DataFrame([{"list": r.label, "share": r.share, "low": r.low, "high": r.high, "n": r.n} for r in found])
    base = alt.Chart(frame).encode(y=alt.Y("list:N", sort=None, title=None, axis=charts.NAMES))
    scale = alt.Scale(domain=[0, 1])
    bars = base.mark_rule(strokeWidth=3, color=charts.GREEN).encode(
        x=alt.X("low:Q", title="share of votes won", scale=scale), x2="high:Q"
    )
    dots = base.mark_circle(size=90, color=charts.GREEN).encode(x="share:Q", tooltip=["list", "share", "low", "high"])
    charts.show(bars + dots, height=40 * len(frame) + 50, key="vote.ratings.chart", alt="Ratings with intervals")
    numbers = {name: st.column_config.NumberColumn(format=PARTS) for name in ("share", "low", "high")}
    numbers["n"] = st.column_config.NumberColumn("votes")
    st.dataframe(frame, hide_index=True, key="vote.ratings", column_config=numbers, alt="Ratings")


def _judges(votes: tuple[Vote, ...], seed: int) -> None:
    st.markdown("**Do the judges agree?**")
    found = alpha(votes)
    if found is None:
        st.caption("It takes two judges who have answered the same questions, and not all alike.")
    else:
        st.markdown(
            f"Krippendorff's alpha **{found:.2f}** (1 is agreement, 0 what chance gives, 0.67 often asked for)."
        )
        rows = [
            {"judges": f"{p.one} and {p.other}", "both": p.n, "same": p.same, "alpha": p.alpha}
            for p in judge_pairs(votes)
        ]
        numbers = {
            "both": st.column_config.NumberColumn(help="Questions that both have answered"),
            "same": st.column_config.NumberColumn(format=PARTS, help="The share that they answered alike"),
            "alpha": st.column_config.NumberColumn(format=PARTS),
        }
        st.dataframe(rows, hide_index=True, key="vote.judges", column_config=numbers, alt="Agreement of judges")
    side = left_share(votes, seed=seed)
    if side.n:
        between = f"[{side.low:.2f}, {side.high:.2f}]"
        st.caption(f"{side.mean:.0%} {between} of the {side.n} decided votes went to the left list; half is expected.")


def _measures(experiment: Experiment, votes: tuple[Vote, ...]) -> None:
    found = measure_agreement(votes, scores_now(experiment))
    if not found:
        return
    st.markdown("**Do the measures agree with the judges?** Of the questions that both decide, the share decided alike")
    rows = [
        {
            "measure": m.measure,
            "share": m.share.mean if m.share.n else None,
            "low": m.share.low if m.share.n else None,
            "high": m.share.high if m.share.n else None,
            "both decide": m.share.n,
            "measure undecided": m.undecided,
        }
        for m in found
    ]
    numbers = {name: st.column_config.NumberColumn(format=PARTS) for name in ("share", "low", "high")}
    st.dataframe(
        rows, hide_index=True, key="vote.measures", column_config=numbers, placeholder="–", alt="Measures against votes"
    )
