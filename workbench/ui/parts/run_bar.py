"""Run and stop, what is being done, and how far it has come."""

import time

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.records import Case
from workbench.store.comparison import Comparison
from workbench.store.draft import Draft
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole
from workbench.ui.parts import case_bar, template_box

_PRESSED = "run pressed at"
LATE_SECONDS = 2.0
"""A busy server may take up the text so much later than the press, though both were sent together."""


def draw(comparison: Comparison | None) -> None:
    active = comparison is not None and comparison.active
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Run",
            key="run",
            type="primary",
            icon=":material/play_arrow:",
            shortcut="Mod+Enter",
            help="Rank the candidates with every variant, as the page stands now",
            on_click=start,
        )
        if active:
            st.button("Stop", key="stop", icon=":material/stop:", on_click=stop)
        full = len(state.draft().variants) >= 4
        st.button(
            "Variant",
            key="add",
            icon=":material/add:",
            help="A copy of the last variant" if not full else "Four at most",
            disabled=full,
            on_click=state.add_variant,
        )


@whole
def start() -> None:
    """Run every variant as the page stands: what is still on its way from an editor is taken in first."""
    st.session_state[_PRESSED] = time.monotonic()
    for variant in state.draft().variants:
        template_box.take_in(variant.label)
    draft, workshop = state.draft(), shared().workshop
    try:
        catalog = workshop.catalog(draft.catalog)
    except WorkbenchError:
        return  # the page shows what is wrong with the catalog
    case, _ = case_bar.case_of(catalog, draft)
    if _replaces_active(draft, case):
        return
    comparison_id = shared().store.start_comparison(
        draft.id,
        catalog=draft.catalog,
        catalog_fingerprint=catalog.fingerprint,
        case=case,
        variants=draft.variants,
        baseline=draft.baseline,
    )
    state.show_comparison(comparison_id)
    shared().runner.submit(comparison_id)


@whole
def text_came() -> None:
    """Text that arrives just after Run was pressed was on the screen when it was: run with it instead."""
    if time.monotonic() - st.session_state.get(_PRESSED, float("-inf")) < LATE_SECONDS:
        start()


def _replaces_active(draft: Draft, case: Case) -> bool:
    """Whether the draft's last comparison is at this very work; if it is at other work, it is stopped.

    Streamlit calls a button's callback again when another message interrupts the run that it belongs to.
    """
    last = shared().store.latest_comparison(draft.id)
    if last is None or not last.active:
        return False
    if (last.catalog, last.case, tuple(run.variant for run in last.runs)) == (draft.catalog, case, draft.variants):
        return True
    shared().runner.stop(last.id)
    return False


@whole
def stop() -> None:
    comparison_id = state.shown_comparison_id()
    if comparison_id:
        shared().runner.stop(comparison_id)
