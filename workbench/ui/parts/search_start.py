"""Start a search: templates, what may differ, cases and a budget."""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.evaluation.measures import names_of
from workbench.exemplars import EXEMPLAR_POLICIES
from workbench.prompts import list_templates
from workbench.ranking import METHODS
from workbench.retrieval import SCORERS
from workbench.search.begin import begin
from workbench.search.form import SearchForm
from workbench.store.draft import Draft
from workbench.ui import state
from workbench.ui.bootstrap import searching, shared
from workbench.ui.callbacks import whole
from workbench.variant import NAME_LENGTH, TemplateSource, Variant

_PROBLEMS = "search problems"
NORMALISATIONS = ("sum", "mean", "calibrated", "contrasted")
POLICIES = tuple(name for name in EXEMPLAR_POLICIES if name != "by_hand")
CUTOFFS = (5, 10)
SOURCES = tuple(name for name in SCORERS if name != "model")


def draw(*, expanded: bool) -> None:
    draft = state.draft()
    with st.expander("Start a search", icon=":material/add:", expanded=expanded or _PROBLEMS in st.session_state):
        try:
            n = len(shared().workshop.catalog(draft.catalog).cases)
        except WorkbenchError as error:
            st.error(str(error), icon=":material/error:")
            return
        if n < 4:
            st.warning(f"**{draft.catalog}** has {n} cases: too few to keep any apart.", icon=":material/inbox:")
            return
        _form(draft, n)
        for problem in st.session_state.pop(_PROBLEMS, ()):
            st.error(str(problem), icon=":material/error:")


def _templates(draft: Draft) -> dict[str, TemplateSource]:
    """Those that ship, those that were saved, and those of the Compare page as they stand there."""
    saved = {version.name: version.template for version in shared().store.templates()}
    return {
        **list_templates(shared().paths.templates),
        **saved,
        **{v.template.name: v.template for v in draft.variants},
    }


def _form(draft: Draft, n: int) -> None:
    labels = [v.label for v in draft.variants]
    with st.form("search.form", border=False):
        st.markdown(f"Over cases of **{draft.catalog}**, half of its users kept apart for the confirmation.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input("Name", f"Search, {draft.catalog}", key="search.name", max_chars=NAME_LENGTH, width=260)
            st.selectbox(
                "Candidates and model as in variant",
                labels,
                key="search.start_from",
                width=220,
                help="Candidate source, model, length and seed are its own.",
            )
            st.selectbox("Measure", names_of(CUTOFFS), 4, key="search.measure", width=140)
        st.multiselect(
            "Templates",
            list(_templates(draft)),
            list(dict.fromkeys(v.template.name for v in draft.variants)),
            key="search.templates",
            help="Each is first tried as it ships; the best of them is what the winner has to beat.",
        )
        _space()
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.number_input("Cases to search on", 2, n, max(2, min(n // 2, 100)), key="search.cases", width=170)
            st.number_input("Cases to confirm on", 2, n, max(2, min(n // 2, 100)), key="search.confirm", width=170)
            st.number_input("Minutes", 0.5, 1440.0, 10.0, step=1.0, key="search.minutes", width=140)
            st.number_input(
                "Passes", 0, 10**9, 0, step=100, key="search.passes", width=140, help="Of the model; 0 sets no limit"
            )
            st.number_input("Seed", 0, 2**31 - 1, 0, key="search.seed", width=140)
        st.form_submit_button("Start", key="search.go", type="primary", icon=":material/play_arrow:", on_click=_go)


def _space() -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.checkbox("Parameters that the templates declare", True, key="search.parameters")
        st.multiselect("Ranking methods", list(METHODS), key="search.methods", placeholder="each template's own")
        st.multiselect(
            "Calibration of likelihoods", NORMALISATIONS, key="search.normalisations", placeholder="as it is by default"
        )
        st.multiselect(
            "Sources to fuse", SOURCES, key="search.sources", placeholder="none", help="Their weights are searched."
        )
    with right:
        st.multiselect("Exemplar policies", POLICIES, ["none"], key="search.policies")
        st.multiselect("Numbers of exemplars", [1, 2, 3, 4, 6, 8], [1, 2, 4], key="search.counts")
        st.multiselect("Orders averaged", [1, 2, 3, 5, 8], [1], key="search.orders")
    with st.popover("Wordings", icon=":material/edit_note:"):
        st.text_input("A text of the templates", key="search.find", placeholder="copied from one of them")
        st.text_area("What may stand in its place", key="search.replace", placeholder="one wording a line")
        st.number_input("Proposals asked of a model", 0, 20, 0, key="search.proposals")
        st.text_input("Model that writes them", key="search.rewriter", placeholder="name, id, folder or http://…#MODEL")


def _said(start: Variant, draft: Draft) -> SearchForm:
    said = st.session_state
    return SearchForm(
        name=said["search.name"],
        catalog=draft.catalog,
        templates=tuple(said["search.templates"]),
        start=start,
        search_cases=int(said["search.cases"]),
        confirm_cases=int(said["search.confirm"]),
        minutes=float(said["search.minutes"]),
        passes=int(said["search.passes"]),
        measure=said["search.measure"],
        parameters=said["search.parameters"],
        methods=tuple(said["search.methods"]),
        normalisations=tuple(said["search.normalisations"]),
        policies=tuple(said["search.policies"]),
        counts=tuple(said["search.counts"]),
        sources=tuple(said["search.sources"]),
        orders=tuple(said["search.orders"]),
        find=said["search.find"],
        replace=said["search.replace"],
        proposals=int(said["search.proposals"]),
        rewriter=said["search.rewriter"],
        seed=int(said["search.seed"]),
    )


@whole
def _go() -> None:
    draft = state.draft()
    start = next(v for v in draft.variants if v.label == st.session_state["search.start_from"])
    known = _templates(draft)
    try:
        config = _said(start, draft).config()
        folder = begin(config, shared().workshop, known.__getitem__, folder=shared().paths.data)
    except WorkbenchError as error:
        st.session_state[_PROBLEMS] = error.problems
        return
    searching().submit(folder)
    st.query_params["search"] = folder.id
