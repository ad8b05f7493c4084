"""Charts as all pages draw them. Over each, Streamlit offers its data, a PNG and the full screen."""

from typing import Any

import altair as alt
import streamlit as st

NAMES = alt.Axis(labelLimit=220, labelFlush=False, labelOverlap=False)
"""The axis of entries, parts and lists by name."""
GREEN, BLUE, AMBER, GREY = "#2f9e6e", "#4285f4", "#c98500", "#9aa5a3"


def show(chart: Any, *, key: str, alt: str, height: int) -> None:
    """`alt` is for screen readers, `height` in pixels."""
    st.altair_chart(chart.properties(height=height), key=key, alt=alt)


def intervals(base: alt.Chart, *, low: str, mean: str, high: str, title: str, tooltip: list[str]) -> alt.LayerChart:
    """Each row's mean as a dot on the line of its interval."""
    bars = base.mark_rule(strokeWidth=3).encode(x=alt.X(f"{low}:Q", title=title), x2=f"{high}:Q")
    dots = base.mark_circle(size=90).encode(x=f"{mean}:Q", tooltip=tooltip)
    layered: alt.LayerChart = bars + dots
    return layered
