"""A catalog in plots: attributes, popularity, users, cases; each is computed here and sent as a few points."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from workbench.catalogs import statistics
from workbench.catalogs.catalog import Catalog
from workbench.catalogs.item_table import table_of
from workbench.catalogs.statistics import Bin, Counted

GREEN, BLUE, ORANGE = "#2f9e6e", "#4285f4", "#d9822b"
HEIGHT = 320


def draw(catalog: Catalog) -> None:
    plots = [*_attributes(catalog), *_interactions(catalog), *_cases(catalog)]
    if not plots:
        st.info(
            "There is nothing to draw: items without attributes, no interactions, no cases.", icon=":material/info:"
        )
        return
    columns = st.columns(2, gap="medium")
    for n, (title, note, chart) in enumerate(plots):
        with columns[n % 2]:
            st.markdown(f"**{title}**")
            st.altair_chart(chart.properties(height=HEIGHT), key=f"catalogs.plot.{n}", alt=title)
            st.caption(note)


Plot = tuple[str, str, Any]


def _attributes(catalog: Catalog) -> list[Plot]:
    table = table_of(catalog)
    found: list[Plot] = []
    for name, kind in table.kinds.items():
        filled = table.filled(name)
        if not filled:
            continue
        note = f"{filled:,} of {len(table):,} items have a value"
        if kind in ("integer", "number"):
            bins = statistics.histogram(table.numbers(name), whole=kind == "integer")
            title = "Items per year" if name == "year" else f"Items by {name}"
            found.append((title, note, _histogram(bins, name, "items", GREEN)))
        else:
            counted = statistics.values(table, name)
            more = f"; {counted.others:,} rarer values are not drawn" if counted.others else ""
            found.append((f"Items by {name}", note + more, _bars(counted, name, "items", GREEN)))
    return found


def _interactions(catalog: Catalog) -> list[Plot]:
    if not len(catalog.timeline.item):
        return []
    tail = statistics.popularity_tail(catalog)
    ranks = pd.DataFrame(tail.points, columns=["rank", "interactions"])
    line = alt.Chart(ranks).mark_line(color=BLUE, point=len(ranks) < 40)
    log = alt.Scale(type="log", nice=False)
    line = line.encode(
        x=alt.X("rank:Q", scale=log, title="items, the most taken first (log)"),
        y=alt.Y("interactions:Q", scale=log, title="interactions (log)"),
        tooltip=["rank", "interactions"],
    )
    said = f"The most taken tenth has {tail.head:.0%} of all interactions; {tail.untaken:,} items were never taken"
    lengths = statistics.user_lengths(catalog)
    middle = pd.Series(lengths).median()
    users = _histogram(statistics.histogram(lengths, whole=True), "interactions of a user", "users", BLUE)
    found = [
        ("Popularity", said, line),
        ("Interactions of each user", f"{len(lengths):,} users, {middle:,.0f} in the middle", users),
    ]
    months = statistics.by_month(catalog)
    if months:
        frame = pd.DataFrame(months, columns=["month", "interactions"])
        area = alt.Chart(frame).mark_area(color=BLUE, opacity=0.6, line=True)
        if len(frame) == 1:
            area = alt.Chart(frame).mark_bar(color=BLUE)
        area = area.encode(
            x=alt.X("yearmonth(month):T", title="month"), y="interactions:Q", tooltip=["month", "interactions"]
        )
        found.append(("Interactions by month", f"{months[0][0]} to {months[-1][0]}", area))
    return found


def _cases(catalog: Catalog) -> list[Plot]:
    if not catalog.cases:
        return []
    lengths = statistics.histogram(statistics.history_lengths(catalog), whole=True)
    bars = _histogram(lengths, "items in the history", "cases", ORANGE)
    note = f"{len(catalog.cases):,} cases"
    return [
        ("Length of the cases' histories", note, bars),
        ("Cases by segment", note, _bars(statistics.segments(catalog), "segment", "cases", ORANGE)),
    ]


def _bars(counted: Counted, label: str, counts: str, color: str) -> Any:
    frame = pd.DataFrame(counted.bars, columns=[label, counts])
    chart = alt.Chart(frame).mark_bar(color=color)
    return chart.encode(
        x=alt.X(f"{_field(counts)}:Q", title=counts),
        y=alt.Y(f"{_field(label)}:N", sort=None, title=None, axis=alt.Axis(labelLimit=180, labelOverlap=False)),
        tooltip=[alt.Tooltip(f"{_field(label)}:N"), alt.Tooltip(f"{_field(counts)}:Q")],
    )


def _histogram(bins: Sequence[Bin], label: str, counts: str, color: str) -> Any:
    frame = pd.DataFrame([{"low": b.low, "high": b.high, "count": b.count} for b in bins])
    chart = alt.Chart(frame).mark_bar(color=color)
    return chart.encode(
        x=alt.X("low:Q", title=label, bin="binned", axis=alt.Axis(format="d") if _whole(bins) else alt.Axis()),
        x2="high:Q",
        y=alt.Y("count:Q", title=counts),
        tooltip=[alt.Tooltip("low:Q", title="from"), alt.Tooltip("high:Q", title="to"), alt.Tooltip("count:Q")],
    )


def _whole(bins: Sequence[Bin]) -> bool:
    return all(b.low.is_integer() for b in bins)


def _field(name: str) -> str:
    """A column's name as Vega-Lite reads it: a dot, a bracket or a colon would be taken for more."""
    return "".join(f"\\{c}" if c in ".[]:" else c for c in name)
