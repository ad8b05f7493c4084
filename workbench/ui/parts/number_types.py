"""Which number type a model is computed in, why, and what that costs in accuracy."""

import streamlit as st

from workbench.errors import ModelError
from workbench.ui.bootstrap import shared
from workbench.variant import ModelSpec


def draw_choice(spec: ModelSpec) -> None:
    """One line. Loads torch, which knows the processor."""
    try:
        found = shared().workshop.number_type(spec)
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
    else:
        st.caption(f"Number type: **{found.name}** on {found.device}, since {found.why}.")


def draw_cost(spec: ModelSpec, key: str) -> None:
    """A button that measures what the type costs; what was measured once is told at once."""
    if not st.button("What its number type costs", key=key, icon=":material/straighten:"):
        return
    try:
        with st.spinner(f"Asking {spec.id} in its number type and in float32 …"):
            cost = shared().workshop.accuracy(spec)
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
        return
    draw_choice(spec)
    st.caption(f"On a fixed request, {cost}." if cost else "Nothing: float32 is what all other types are held against.")
