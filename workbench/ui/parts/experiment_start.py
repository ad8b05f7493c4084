"""Start an experiment: the draft's variants over the cases of its catalog."""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.experiments.embedders import with_embedders
from workbench.experiments.planning import choose_cases, plan_experiment
from workbench.store.draft import Draft
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole
from workbench.variant import NAME_LENGTH

_PROBLEMS = "experiment problems"
_AGAIN = {"another seed": False, "another order": True}
"""What differs between repeats -> whether the candidates are shuffled."""


def draw(*, expanded: bool) -> None:
    draft = state.draft()
    with st.expander("Start an experiment", icon=":material/add:", expanded=expanded or _PROBLEMS in st.session_state):
        names = ", ".join(f"**{v.label}** {v.template.name}" for v in draft.variants)
        st.markdown(f"The variants of the Compare page, {names}, over cases of **{draft.catalog}**.")
        try:
            n = len(shared().workshop.catalog(draft.catalog).cases)
        except WorkbenchError as error:
            st.error(str(error), icon=":material/error:")
            return
        if not n:
            st.warning("This catalog has no cases to ask.", icon=":material/inbox:")
            return
        _form(draft, n)
        for problem in st.session_state.pop(_PROBLEMS, ()):
            st.error(str(problem), icon=":material/error:")


def _form(draft: Draft, n: int) -> None:
    labels = [v.label for v in draft.variants]
    with st.form("experiment.form", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                "Name", f"{draft.name}, {draft.catalog}", key="experiment.name", max_chars=NAME_LENGTH, width=320
            )
            st.number_input("Cases", 1, n, min(n, 100), key="experiment.limit", width=140, help=f"Of {n}")
            at = labels.index(draft.baseline) if draft.baseline in labels else 0
            st.selectbox("Baseline", labels, at, key="experiment.baseline.new", width=120)
            st.checkbox(
                "Controls",
                True,
                key="experiment.controls",
                help="Each variant also without the user and with another user's history: three times the work, "
                "and the only way to see whether the user matters to it",
            )
            st.number_input(
                "Times each", 1, 20, 1, key="experiment.repeats", width=140, help="How often a case is asked"
            )
            st.selectbox(
                "Each time with",
                tuple(_AGAIN),
                key="experiment.again",
                width=200,
                help="Another order of the candidates shows how much it hangs on the order, and on which place",
            )
        st.form_submit_button(
            "Start", key="experiment.start", type="primary", icon=":material/play_arrow:", on_click=_go
        )


@whole
def _go() -> None:
    draft, workshop, said = state.draft(), shared().workshop, st.session_state
    try:
        catalog = workshop.catalog(draft.catalog)
        cases = choose_cases(catalog, workshop.qrels(draft.catalog), limit=int(said["experiment.limit"]))
        plan = plan_experiment(
            said["experiment.name"],
            catalog,
            cases,
            draft.variants,
            catalog=draft.catalog,
            baseline=said["experiment.baseline.new"],
            controls=said["experiment.controls"],
            repeats=int(said["experiment.repeats"]),
            shuffle=_AGAIN[said["experiment.again"]],
        )
        plan = with_embedders(plan, workshop)
    except WorkbenchError as error:
        st.session_state[_PROBLEMS] = error.problems
        return
    experiment_id = shared().store.begin_experiment(plan, cases)
    shared().experiments.submit(experiment_id)
    st.query_params["experiment"] = experiment_id
