"""Start an experiment: the draft's variants over the cases of its catalog."""

from collections.abc import Sequence

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.errors import Problem, WorkbenchError
from workbench.evaluation.columns import deciding
from workbench.evaluation.measures import with_direction
from workbench.experiments.form import NAMES, ExperimentForm, good_cutoffs
from workbench.store.draft import Draft
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole
from workbench.ui.plain_text import plain
from workbench.variant import NAME_LENGTH

_PROBLEMS, _STARTED = "experiment problems", "experiment started"
_AGAIN = {"another seed": False, "another order": True}
"""What differs between repeats -> whether the candidates are shuffled."""
_LIVE = (NAMES["cases.ids"], NAMES["cases.segments"])
"""Fields whose faults are told as they are typed, and not once more by Start."""
CUTOFFS = (1, 3, 5, 10, 20, 50, 100)


def draw(*, expanded: bool) -> None:
    draft = state.draft()
    if "experiment.name" not in st.session_state:  # back from another page: what was wrong is typed no more
        st.session_state.pop(_PROBLEMS, None)
    with st.expander("Start an experiment", icon=":material/add:", expanded=expanded or _PROBLEMS in st.session_state):
        names = ", ".join(f"**{v.label}** {v.template.name}" for v in draft.variants)
        st.markdown(f"The variants of the Compare page, {names}, over cases of **{draft.catalog}**.")
        try:
            catalog = shared().workshop.catalog(draft.catalog)
        except WorkbenchError as error:
            st.error(str(error), icon=":material/error:")
            return
        if not catalog.cases:
            st.warning("This catalog has no cases to ask.", icon=":material/inbox:")
            return
        _form(draft, catalog)


@st.fragment
def _form(draft: Draft, catalog: Catalog) -> None:
    """No form of Streamlit's: which measures there are, and how much is asked, follow the other fields."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        named = f"{draft.name}, {draft.catalog}"
        st.text_input("Name", named, key="experiment.name", max_chars=NAME_LENGTH, width=320)
        _measure(draft)
        labels = [v.label for v in draft.variants]
        at = labels.index(draft.baseline) if draft.baseline in labels else 0
        st.selectbox("Baseline", labels, at, key="experiment.baseline.new", width=120)
        st.checkbox(
            "Controls",
            True,
            key="experiment.controls",
            help="Each variant also without the user and with another user's history: three times the work, "
            "and the only way to see whether the user matters to it",
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        n = len(catalog.cases)
        st.number_input(
            "Cases", 1, n, min(n, 100), key="experiment.limit", width=140, help=f"At most; drawn by the seed. Of {n}"
        )
        segments = list(dict.fromkeys(case.segment for case in catalog.cases if case.segment))
        if segments:
            key = _segments_key(draft)
            st.multiselect("Segments", segments, key=key, width=380, placeholder="all cases, of any segment")
        st.number_input("Times each", 1, 20, 1, key="experiment.repeats", width=140, help="How often a case is asked")
        st.selectbox(
            "Each time with",
            tuple(_AGAIN),
            key="experiment.again",
            width=200,
            help="Another order of the candidates shows how much it hangs on the order, and on which place",
        )
    _more()
    _how_much(_said(draft), catalog)
    st.button("Start", key="experiment.start", type="primary", icon=":material/play_arrow:", on_click=_go)
    _told([p for p in st.session_state.get(_PROBLEMS, ()) if p.where not in _LIVE])
    if st.session_state.pop(_STARTED, False):
        # The list of experiments and what came of this one are drawn outside of this fragment.
        st.rerun(scope="app")


def _measure(draft: Draft) -> None:
    """The measures at the chosen cutoffs; nDCG at the greatest where the one that was chosen is gone."""
    names = deciding(draft.variants, good_cutoffs(st.session_state.get("experiment.cutoffs", (5, 10))))
    usual = max(at for at, name in enumerate(names) if name.startswith("nDCG"))
    st.selectbox(
        "Measure",
        names,
        usual,
        key="experiment.measure",
        width=220,
        format_func=with_direction,
        help="What decides; the others are columns of the leaderboard. Other cutoffs are under More settings; "
        "cross-entropy, squared error and accuracy are for variants that all tell labels",
    )


def _more() -> None:
    with st.expander("More settings", icon=":material/tune:", key="experiment.more", type="compact"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.number_input(
                "Smallest difference that matters",
                min_value=0.001,
                value=0.02,
                step=0.01,
                format="%.3f",
                key="experiment.worth",
                width=260,
                help="In the measure's own unit: “no clear difference” is said only where one of this size was "
                "likely to be found",
            )
            st.multiselect(
                "Lists are cut at",
                CUTOFFS,
                [5, 10],
                key="experiment.cutoffs",
                accept_new_options=True,
                width=320,
                help="After how many items nDCG, HR, P and R look: choose, or type another number",
            )
            st.number_input(
                "Seed",
                0,
                2**31 - 1,
                0,
                key="experiment.seed",
                width=140,
                help="Draws the cases, the other users of the controls, and the resamples of intervals and tests",
            )
        st.text_area(
            "Only these cases",
            key="experiment.ids",
            placeholder="ids, one a line or with commas between; all cases without",
            help="Asked in this order, those of the chosen segments alone, and no more than the number of cases above",
        )


def _how_much(form: ExperimentForm, catalog: Catalog) -> None:
    try:
        n = form.n_cases(catalog)
    except WorkbenchError as error:
        _told(error.problems)
        return
    times = f" {form.repeats} times" if form.repeats > 1 else ""
    each = f"{len(form.variants)} {'variant' if len(form.variants) == 1 else 'variants'}"
    beside = " and two controls of each" if form.controls else ""
    st.caption(
        f"{n:,} {'case' if n == 1 else 'cases'}{times} under {each}{beside}: {form.n_rankings(n):,} rankings, "
        "less those that were made before."
    )


def _told(problems: Sequence[Problem]) -> None:
    for problem in problems:
        st.error(plain(str(problem)), icon=":material/error:")


def _segments_key(draft: Draft) -> str:
    """Each catalog has its own."""
    return f"experiment.segments.{draft.catalog}"


def _said(draft: Draft) -> ExperimentForm:
    said = st.session_state
    return ExperimentForm(
        name=said["experiment.name"],
        catalog=draft.catalog,
        variants=draft.variants,
        baseline=said["experiment.baseline.new"],
        limit=int(said["experiment.limit"]),
        measure=said["experiment.measure"],
        cutoffs=tuple(said["experiment.cutoffs"]),
        segments=tuple(said.get(_segments_key(draft), ())),
        ids=said["experiment.ids"],
        repeats=int(said["experiment.repeats"]),
        shuffle=_AGAIN[said["experiment.again"]],
        controls=said["experiment.controls"],
        seed=int(said["experiment.seed"]),
        worth=float(said["experiment.worth"]),
    )


@whole
def _go() -> None:
    st.session_state.pop(_PROBLEMS, None)
    try:
        plan, cases = _said(state.draft()).planned(shared().workshop)
    except WorkbenchError as error:
        st.session_state[_PROBLEMS] = error.problems
        return
    experiment_id = shared().store.begin_experiment(plan, cases)
    shared().experiments.submit(experiment_id)
    st.query_params["experiment"] = experiment_id
    st.session_state[_STARTED] = True
