"""The trials of a search: the best so far, all of them in a table, and which settings mattered."""

import altair as alt
import pandas as pd
import streamlit as st

from workbench.search.folder import SearchFolder
from workbench.search.reading import Reading, read


def draw(folder: SearchFolder) -> None:
    reading = read(folder)
    if not reading.trials:
        st.info("Nothing has been tried yet.", icon=":material/hourglass_empty:")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        draw_curve(reading, key="all")
    with right:
        _importances(reading)
    plan = reading.plan
    st.markdown(f"**Trials**, {plan.measure} over the cases each of them saw, of {len(plan.search_ids)}")
    if reading.failures:
        st.warning(reading.failures, icon=":material/running_with_errors:")
    frame = pd.DataFrame(reading.table())
    columns = {
        "score": st.column_config.NumberColumn(format="%.4f"),
        "s a case": st.column_config.NumberColumn(format="%.2f"),
        "passes a case": st.column_config.NumberColumn(format="%.1f"),
        "failed cases": st.column_config.NumberColumn(help="They count 0."),
        "what": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(frame, hide_index=True, key="search.trials", column_config=columns, alt="Trials")
    st.download_button(
        "Trials as CSV",
        frame.to_csv(index=False).encode(),
        file_name=f"search-{folder.id}.csv",
        mime="text/csv",
        key="search.csv",
        on_click="ignore",
    )
    if plan.refused:
        with st.expander(f"{len(plan.refused)} proposals were not let in"):
            for refused in plan.refused:
                st.text(refused)


def draw_curve(reading: Reading, *, key: str) -> None:
    """Each trial that saw all cases, and the best so far as a step."""
    if not reading.curve:
        st.caption("No trial has seen all cases yet.")
        return
    st.markdown(f"**Best so far**, {reading.plan.measure} on the cases to search on")
    base = alt.Chart(pd.DataFrame(reading.curve)).encode(x=alt.X("trial:Q", title="trial"))
    dots = base.mark_circle(size=60, color="#9aa5a3").encode(
        y=alt.Y("score:Q", title=None, scale=alt.Scale(zero=False)), tooltip=["trial", "score"]
    )
    line = base.mark_line(interpolate="step-after", color="#2f9e6e", strokeWidth=3).encode(y="best so far:Q")
    st.altair_chart((dots + line).properties(height=240), key=f"search.curve.{key}", alt="Best so far")


def _importances(reading: Reading) -> None:
    if not reading.importances:
        st.caption("Which settings matter is said once more trials have seen all cases.")
        return
    st.markdown("**What mattered**, share of what sets the best trials apart")
    rows = [{"setting": name, "share": share} for name, share in reading.importances.items()]
    chart = alt.Chart(pd.DataFrame(rows)).mark_bar(color="#4285f4")
    encoded = chart.encode(
        y=alt.Y("setting:N", sort="-x", title=None, axis=alt.Axis(labelLimit=220, labelOverlap=False)),
        x=alt.X("share:Q", title=None),
        tooltip=["setting", "share"],
    )
    st.altair_chart(encoded.properties(height=26 * len(rows) + 40), key="search.importances", alt="What mattered")
