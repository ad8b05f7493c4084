"""What can be done with a whole variant: take it away as a file, make it the baseline, remove it."""

import streamlit as st

from workbench.ui import state
from workbench.ui.callbacks import whole
from workbench.variant import Variant


def draw(variant: Variant) -> None:
    label = variant.label
    draft = state.draft()
    with st.popover("", icon=":material/more_vert:", help=f"More for variant {label}", key=f"{label}.more"):
        st.download_button(
            "Template as .j2",
            variant.template.source,
            file_name=f"{variant.template.name}.j2",
            mime="text/plain",
            key=f"{label}.j2",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button(
            "Make it the baseline",
            key=f"{label}.baseline",
            icon=":material/flag:",
            disabled=draft.baseline == label,
            on_click=_baseline,
            args=(label,),
        )
        st.button(
            "Remove this variant",
            key=f"{label}.remove",
            icon=":material/delete:",
            disabled=len(draft.variants) == 1,
            help="Its template stays in the history",
            on_click=_remove,
            args=(label,),
        )
    if st.session_state.pop(f"{label}.changed", False):
        # The number of columns or the baseline changed, which is drawn outside of this fragment.
        st.rerun(scope="app")


@whole
def _baseline(label: str) -> None:
    state.edit(lambda d: d.model_copy(update={"baseline": label}))
    st.session_state[f"{label}.changed"] = True


@whole
def _remove(label: str) -> None:
    state.remove_variant(label)
    st.session_state[f"{label}.changed"] = True
