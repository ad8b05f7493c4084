"""One variant as a column: its template in the editor, its settings, and the prompt that it makes."""

import streamlit as st

from workbench.advice import advice
from workbench.catalogs.catalog import Catalog
from workbench.errors import Problem, TemplateError, WorkbenchError
from workbench.preview import preview
from workbench.prompts import has_query, list_templates, parse
from workbench.prompts.parameters import Parameter
from workbench.ranking import FUSIONS, METHODS
from workbench.recommender import Prepared
from workbench.records import Case
from workbench.retrieval import RETRIEVERS
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.ui.following import following
from workbench.ui.parts import (
    candidates_view,
    exemplar_picker,
    export_menu,
    model_picker,
    prompt_view,
    run_bar,
    template_box,
)
from workbench.ui.parts.option_widgets import choice_widgets, parameter_widgets
from workbench.ui.prepared import prepared_case
from workbench.variant import TemplateSource, Variant
from workbench.variant_checks import hints_of, problems_of

EDITOR_HEIGHT = 300
PREVIEW_HEIGHT = 240
FOCUS_HEIGHT = 460
LOADING_SECONDS = 0.5
ORDERS_HELP = (
    "The candidates and exemplars are shown to the model in that many orders, the given one first, and the scores "
    "averaged: what the order alone does is evened out. Each order costs as much as the first."
)


@st.fragment
def draw(label: str, catalog: Catalog, case: Case, *, focused: bool) -> None:
    """Draw the column; an edit in it runs only this column again, and the prompt is sent before what seldom changes."""
    variant = state.variant(label)
    head = st.container()
    problems = problems_of(variant, catalog)
    loading = not shared().workshop.at_hand(variant.model, variant.embedder, catalog.facts.language)
    prepared, failure = (None, []) if loading else _prepare(variant, catalog, case)
    if focused:
        left, right = st.columns(2)
        with left:
            _write(variant, catalog, problems, FOCUS_HEIGHT)
        with right:
            _read(variant, catalog, prepared, [*problems, *failure], FOCUS_HEIGHT)
        with left:
            _settings(variant, catalog, case, prepared)
    else:
        _write(variant, catalog, problems, EDITOR_HEIGHT)
        settings = st.container()
        _read(variant, catalog, prepared, [*problems, *failure], PREVIEW_HEIGHT)
        with settings:
            _settings(variant, catalog, case, prepared)
    with head:
        _head(variant)
    if loading:
        st.fragment(run_every=LOADING_SECONDS)(_await)(variant, catalog)


def _await(variant: Variant, catalog: Catalog) -> None:
    """Draw the page again once there is a prompt to show; until then it can be edited."""
    if shared().workshop.at_hand(variant.model, variant.embedder, catalog.facts.language):
        st.rerun(scope="app")
    st.caption(":material/hourglass_top: Loading the model's tokenizer and the embedder, once for each start …")


def _head(variant: Variant) -> None:
    label = variant.label
    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False, gap="small"):
        st.markdown(f"### {label}", width="content")
        shipped = list_templates(shared().paths.templates)
        own = {v.name: v.template for v in shared().store.templates()}
        known = {**shipped, **own, variant.template.name: variant.template}
        key, changed = following(f"{label}.template", variant.template.name, lambda name: _picked(known[name], label))
        names = sorted(known)
        st.selectbox(
            f"Template of {label}",
            names,
            names.index(variant.template.name),
            key=key,
            label_visibility="collapsed",
            on_change=changed,
        )
        export_menu.draw(variant)


def _picked(template: TemplateSource, label: str) -> None:
    state.keep_version(label, "kept when another template was picked")
    state.use_template(label, template)


def _write(variant: Variant, catalog: Catalog, problems: list[Problem], height: int) -> None:
    template_box.draw(variant, catalog, problems, height, on_typed=run_bar.text_came, on_run=run_bar.start)
    # In a container of their own, so that what follows keeps its place, and an open popover stays open.
    with st.container():
        for problem in problems:
            st.error(str(problem), icon=":material/error:")
        for hint in [] if problems else hints_of(variant):
            st.info(hint, icon=":material/lightbulb:")


def _settings(variant: Variant, catalog: Catalog, case: Case, prepared: Prepared | None) -> None:
    label = variant.label
    with st.container(horizontal=True, gap="xsmall"):
        shown = len(prepared.chosen.shown) if prepared else 0
        exemplar_picker.draw(variant, catalog, case, prepared, _count(shown))
        source = f"{variant.retriever.name}, {variant.n_candidates}"
        with st.popover(f"Candidates: {source}", icon=":material/filter_alt:"):
            choice_widgets(label, "retriever", "Candidate source", RETRIEVERS, variant.retriever)
            _number(variant, "n_candidates", "Number of candidates", 1, 200)
            candidates_view.rules(variant, catalog)
            candidates_view.embedder(variant, catalog)
            if prepared:
                candidates_view.draw(prepared, catalog, key=label)
        declared = _declared(variant)
        if declared or variant.parameters:
            with st.popover(f"Parameters: {_set(variant)}", icon=":material/tune:"):
                parameter_widgets(variant, declared)
        with st.popover(f"Method: {_method(variant)}", icon=":material/leaderboard:"):
            choice_widgets(label, "method", "Ranking method", METHODS, variant.method)
            if method := METHODS.get(variant.method.name):
                times = "" if variant.orders == 1 else f", {variant.orders} times"
                st.caption(f"Cost: {method.cost}{times}")
            _number(variant, "orders", "Orders to rank", 1, 50, help=ORDERS_HELP)
            _number(variant, "k", "Length of the list (k)", 1, 100)
            _number(variant, "seed", "Seed", 0, 2**31 - 1)
        with st.popover(f"Fusion: {variant.fusion.name.replace('_', ' ')}", icon=":material/merge:"):
            choice_widgets(label, "fusion", "Add other sources' scores by", FUSIONS, variant.fusion)
        model_picker.draw(variant)
    model_picker.draw_notice(variant)


def _count(exemplars: int) -> str:
    return f"{exemplars or 'No'} {'exemplar' if exemplars == 1 else 'exemplars'}"


def _declared(variant: Variant) -> dict[str, Parameter]:
    try:
        return parse(variant.template).front.parameters
    except TemplateError:
        return {}


def _set(variant: Variant) -> str:
    return f"{len(variant.parameters)} set" if variant.parameters else "as written"


def _method(variant: Variant) -> str:
    how = variant.method.options.get("normalisation")
    said = f"{variant.method.name}, {how}" if how else variant.method.name
    return said if variant.orders == 1 else f"{said} × {variant.orders} orders"


def _number(variant: Variant, name: str, title: str, low: int, high: int, *, help: str | None = None) -> None:
    value = min(max(getattr(variant, name), low), high)
    key, changed = following(f"{variant.label}.{name}", value, lambda said: state.set_field(variant.label, name, said))
    st.number_input(title, low, high, value, key=key, help=help, on_change=changed)


def _prepare(variant: Variant, catalog: Catalog, case: Case) -> tuple[Prepared | None, list[Problem]]:
    try:
        return prepared_case(variant, catalog, case), []
    except WorkbenchError as error:
        return None, list(error.problems)


def _read(variant: Variant, catalog: Catalog, prepared: Prepared | None, problems: list[Problem], height: int) -> None:
    """The prompt as the model will read it, or why there is none."""
    if prepared is None:
        for problem in problems:
            st.warning(str(problem), icon=":material/error:")
        return
    try:
        steps = [step.name for step in parse(variant.template).front.steps]
        step = _step(variant.label, steps)
        tokenizer = shared().workshop.tokenizer(variant.model)
        if has_query(parse(variant.template)):
            asked = prepared.retrieved.query
            st.caption(f"Query: {asked}" if asked else f"Query: not asked, {variant.retriever.name} goes by no text")
        prompt_view.draw(preview(variant, prepared, tokenizer, step=step), catalog, key=variant.label, height=height)
        templates = list_templates(shared().paths.templates)
        for text in advice(variant, prepared.case, catalog, templates, tokenizer):
            st.caption(f":material/translate: {text}")
    except WorkbenchError as error:
        said = {str(p) for p in problems}
        for problem in error.problems:
            if str(problem) not in said:
                st.error(str(problem), icon=":material/error:")
        st.caption("The prompt appears here as soon as the template renders.")


def _step(label: str, steps: list[str]) -> str | None:
    """Which step of a two-step template to preview; the last is the ranking prompt itself."""
    if not steps:
        return None
    ranking = "ranking"
    picked = st.segmented_control("Show the prompt of", [*steps, ranking], default=steps[0], key=f"{label}.step")
    return None if picked == ranking else (picked or steps[0])
