"""The runs of this draft: which is on show, whether the page has changed since, and its variants back."""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.store.comparison import Comparison
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole
from workbench.ui.following import following
from workbench.ui.parts import case_bar


def draw(shown: Comparison) -> None:
    """Drawn within a fragment, so that an edit elsewhere on the page is told here soon."""
    if st.session_state.pop(_TAKEN, False):
        st.rerun(scope="app")
    draft = state.draft()
    earlier = {c.id: c for c in (shown, *shared().store.comparisons(draft.id))}
    newest_first = sorted(earlier.values(), key=lambda c: c.created_at, reverse=True)
    other_variants = [r.variant.digest for r in shown.runs] != [v.digest for v in draft.variants]
    changed = [
        what
        for what, is_so in (("another case", _is_of_another_case(shown)), ("other variants", other_variants))
        if is_so and not shown.active
    ]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if len(newest_first) > 1:
            key, changed_run = following("earlier", shown.id, state.show_comparison)
            ids = [c.id for c in newest_first]
            st.selectbox(
                "Run on show",
                ids,
                ids.index(shown.id),
                key=key,
                format_func=lambda comparison_id: _line(earlier[comparison_id]),
                on_change=changed_run,
                width=460,
            )
        if changed:
            said = f"These lists are of {' and '.join(changed)} than the page now. Run again to renew them."
            st.caption(f":material/history: {said}", width="content")
        if "other variants" in changed:
            st.button(
                "Take its variants back",
                key="take back",
                type="tertiary",
                icon=":material/undo:",
                help="The columns become as they were for this run; the templates on the page are kept as versions",
                on_click=_take_back,
                args=(shown,),
            )


_TAKEN = "variants taken back"


@whole
def _take_back(shown: Comparison) -> None:
    state.take_back(shown)
    st.session_state[_TAKEN] = True


def _is_of_another_case(shown: Comparison) -> bool:
    draft = state.draft()
    if shown.catalog != draft.catalog:
        return True
    try:
        case, _ = case_bar.case_of(shared().workshop.catalog(draft.catalog), draft)
    except WorkbenchError:
        return False  # the page shows what is wrong with the catalog
    return shown.case != case


def _line(comparison: Comparison) -> str:
    templates = ", ".join(f"{run.label} {run.variant.template.name}" for run in comparison.runs)
    asked = comparison.case.id if comparison.case.id != "typed" else "a typed case"
    return f"{comparison.created_at.astimezone():%d %b %H:%M:%S} · {comparison.catalog} {asked} · {templates}"
