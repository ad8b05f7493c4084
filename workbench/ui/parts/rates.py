"""What became of what each variant wrote: rates of invented, ambiguous, outside, repeated and left-out items."""

from collections.abc import Sequence

import streamlit as st

from workbench.evaluation.comparison import Compared
from workbench.evaluation.rates import LEFT_OUT, OF_LINES, said

HELP = {
    "invented": "Lines that name nothing in the catalog",
    "ambiguous": "Lines that may name several items",
    "outside": "Lines that name an item which was no candidate",
    "duplicate": "Lines that name an item again",
    LEFT_OUT: "Candidates that the method placed nowhere",
}


def draw(shown: Sequence[Compared]) -> None:
    """Nothing where no variant wrote a list and none left anything out."""
    written = [entry for entry in shown if any(entry.counts[name].of for name in OF_LINES if name in entry.counts)]
    partial = [entry for entry in shown if LEFT_OUT in entry.counts and entry.counts[LEFT_OUT].found]
    told = [entry for entry in shown if entry in written or entry in partial]
    if not told:
        return
    st.markdown("**What became of what was written**, lines and candidates")
    rows = [{"list": entry.name, **said(entry.counts)} for entry in told]
    columns = {name: st.column_config.TextColumn(help=text) for name, text in HELP.items()}
    st.dataframe(rows, hide_index=True, key="rates", column_config=columns, alt="Rates of what each list wrote")
