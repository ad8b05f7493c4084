"""Which question is asked: the catalog, and one of its cases or one typed in by hand."""

from functools import partial

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.typed import typed_case
from workbench.errors import Problem
from workbench.records import Case
from workbench.store.draft import Draft, Typed
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole
from workbench.ui.following import following
from workbench.ui.plain_text import plain

OWN = "Typed by hand"
FROM_CATALOG = "From the catalog"


def draw(draft: Draft) -> tuple[Catalog, Case, list[Problem]]:
    """Draw the pickers; gives the catalog, the case and what is wrong with a typed one."""
    names = list(shared().workshop.catalog_folders())
    left, middle, right = st.columns([2, 2, 5], vertical_alignment="bottom")
    with left:
        here = draft.catalog if draft.catalog in names else None
        key, changed = following("catalog", here, _catalog_changed)
        st.selectbox(
            "Catalog",
            names,
            names.index(here) if here else None,
            key=key,
            placeholder=f"{draft.catalog} is gone",
            on_change=changed,
        )
    with middle:
        kind = OWN if draft.use_typed else FROM_CATALOG
        key, changed = following("case.kind", kind, _kind_changed)
        st.segmented_control(
            "Case",
            [FROM_CATALOG, OWN],
            default=kind,
            key=key,
            required=True,
            on_change=changed,
            width="stretch",
        )
    catalog = shared().workshop.catalog(draft.catalog)
    if draft.use_typed:
        case, problems = _typed(catalog, draft)
    else:
        with right:
            case, problems = _pick(catalog, draft), []
    _show(catalog, case)
    return catalog, case, problems


def case_of(catalog: Catalog, draft: Draft) -> tuple[Case, list[Problem]]:
    """The draft's case, and what could not be read of a typed one."""
    if draft.use_typed and draft.typed:
        return typed_case(catalog, draft.typed.description, draft.typed.history_text)
    return _of_catalog(catalog, draft), []


def _of_catalog(catalog: Catalog, draft: Draft) -> Case:
    known = {c.id: c for c in catalog.cases}
    if draft.case_id in known:
        return known[draft.case_id]
    return catalog.cases[0] if catalog.cases else Case(id="typed")


def _pick(catalog: Catalog, draft: Draft) -> Case:
    cases = {c.id: c for c in catalog.cases}
    if not cases:
        st.info("This catalog has no cases: type one by hand.")
        return Case(id="typed")
    case = _of_catalog(catalog, draft)
    key, changed = following("case.id", case.id, _case_changed)
    st.selectbox(
        "Which case",
        list(cases),
        list(cases).index(case.id),
        key=key,
        format_func=lambda case_id: _line(catalog, cases[case_id]),
        on_change=changed,
    )
    return case


def _line(catalog: Catalog, case: Case) -> str:
    said = case.description or "after " + ", ".join(catalog.item(i).title for i in case.history[-2:][::-1])
    return f"{case.id} · {case.segment} · {said[:90]}"


def _typed(catalog: Catalog, draft: Draft) -> tuple[Case, list[Problem]]:
    typed = draft.typed or Typed()
    left, right = st.columns(2)
    for column, name, label, hint in (
        (left, "description", "What the user says", "I love slow science fiction with big ideas"),
        (right, "history_text", "History, oldest first, one title or id a line", "Blade Runner\nArrival"),
    ):
        written = getattr(typed, name)
        key, changed = following(f"typed.{name}", written, partial(_typed_changed, name))
        column.text_area(label, written, key=key, height=96, placeholder=hint, on_change=changed)
    start = _of_catalog(catalog, draft)
    if (start.description or start.history) and typed != _as_typed(catalog, start):
        st.button(
            f"Write case {start.id} here",
            key="typed.copy",
            type="tertiary",
            icon=":material/content_copy:",
            help="Start again from the catalog's case: what is typed above is replaced",
            on_click=_write_case,
        )
    case, problems = typed_case(catalog, typed.description, typed.history_text)
    for problem in problems:
        st.warning(str(problem), icon=":material/search_off:")
    return case, problems


def _show(catalog: Catalog, case: Case) -> None:
    with st.container(border=True, gap="xsmall"):
        if case.description:
            st.markdown(f"**They say** “{plain(case.description)}”")
        if case.history:
            titles = " → ".join(plain(catalog.item(i).title) for i in case.history)
            st.markdown(f"**History**, oldest first: {titles}")
        if not case.description and not case.history:
            st.markdown("Nothing is known of this user yet: write what they say, or what they liked.")


def _catalog_changed(name: str) -> None:
    state.edit(lambda d: d.model_copy(update={"catalog": name, "case_id": "", "use_typed": False}))


def _case_changed(case_id: str) -> None:
    state.edit(lambda d: d.model_copy(update={"case_id": case_id}))


def _kind_changed(kind: str) -> None:
    use_typed = kind == OWN
    if use_typed and state.draft().typed is None:
        _write_case()
    state.edit(lambda d: d.model_copy(update={"use_typed": use_typed}))


@whole
def _write_case() -> None:
    """The catalog's case as typed text, so that a small change to it can be tried at once."""
    draft = state.draft()
    catalog = shared().workshop.catalog(draft.catalog)
    typed = _as_typed(catalog, _of_catalog(catalog, draft))
    state.edit(lambda d: d.model_copy(update={"typed": typed}))


def _as_typed(catalog: Catalog, case: Case) -> Typed:
    return Typed(description=case.description, history_text="\n".join(catalog.item(i).title for i in case.history))


def _typed_changed(name: str, text: str) -> None:
    def changed(draft: Draft) -> Draft:
        typed = draft.typed or Typed()
        return draft.model_copy(update={"typed": typed.model_copy(update={name: text})})

    state.edit(changed)
