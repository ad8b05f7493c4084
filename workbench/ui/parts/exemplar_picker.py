"""The exemplar manager of one variant: policy, what is shown in which order, and the pool to pick from."""

import streamlit as st
from pydantic import JsonValue

from workbench.catalogs.catalog import Catalog
from workbench.errors import WorkbenchError
from workbench.exemplars import EXEMPLAR_POLICIES, Chosen
from workbench.recommender import Prepared
from workbench.records import Case, Exemplar
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole
from workbench.ui.parts.option_widgets import choice_widgets
from workbench.ui.prepared import prepared_case
from workbench.variant import Choice, Variant

SHOWN_OF_POOL = 30


def draw(variant: Variant, catalog: Catalog, case: Case, prepared: Prepared | None, said: str) -> None:
    title = f"{said}: {variant.exemplars.name.replace('_', ' ')}" if variant.exemplars.name != "none" else said
    if st.button(title, key=f"{variant.label}.exemplars.open", icon=":material/school:"):
        _manage(variant.label, catalog, case)


@st.dialog("Exemplars", width="large", icon=":material/school:", on_dismiss="rerun")
def _manage(label: str, catalog: Catalog, case: Case) -> None:
    variant = state.variant(label)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.markdown(f"**Variant {label}**")
        choice_widgets(label, "exemplars", "How to choose", EXEMPLAR_POLICIES, variant.exemplars)
        try:
            chosen = prepared_case(variant, catalog, case).chosen
        except WorkbenchError as error:
            for problem in error.problems:
                st.error(str(problem), icon=":material/error:")
            return
        _shown(variant, catalog, chosen)
    with right:
        # What a policy shows now is where picking by hand begins.
        by_hand = variant.exemplars.name == "by_hand"
        _pool(variant, catalog, case, _ids(variant, "ids") if by_hand else [e.id for e in chosen.shown])


def _shown(variant: Variant, catalog: Catalog, chosen: Chosen) -> None:
    st.markdown(f"**In the prompt, in this order: {len(chosen.shown)}**")
    by_hand = variant.exemplars.name == "by_hand"
    for place, exemplar in enumerate(chosen.shown):
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", wrap=False):
            st.markdown(f"{place + 1}. {summary(exemplar, catalog)}", width="stretch")
            if by_hand:
                _order_buttons(variant, exemplar.id, place, len(chosen.shown))
            else:
                _lock_button(variant, exemplar.id)
    for refusal in chosen.refused:
        st.warning(f"{refusal.exemplar_id} is left out: {refusal.reason}", icon=":material/block:")


def _order_buttons(variant: Variant, exemplar_id: str, place: int, n: int) -> None:
    # Words, not icons alone: a screen reader says what a button does.
    for step, name, off in ((-1, "Up", place == 0), (1, "Down", place == n - 1)):
        st.button(
            name,
            key=f"{variant.label}.exemplar.{name}.{exemplar_id}",
            type="tertiary",
            disabled=off,
            on_click=_move,
            args=(variant, exemplar_id, step),
        )
    st.button(
        "Remove",
        key=f"{variant.label}.exemplar.remove.{exemplar_id}",
        type="tertiary",
        on_click=_pick,
        args=(variant, [i for i in _ids(variant, "ids") if i != exemplar_id]),
    )


def _lock_button(variant: Variant, exemplar_id: str) -> None:
    locked = _ids(variant, "locked")
    is_locked = exemplar_id in locked
    st.button(
        "Unlock" if is_locked else "Lock",
        key=f"{variant.label}.exemplar.lock.{exemplar_id}",
        icon=":material/lock:" if is_locked else ":material/lock_open:",
        help="A locked exemplar is shown for every case",
        type="tertiary",
        on_click=_lock,
        args=(variant, [i for i in locked if i != exemplar_id] if is_locked else [*locked, exemplar_id]),
    )


def _pool(variant: Variant, catalog: Catalog, case: Case, picked: list[str]) -> None:
    st.markdown("**Pick by hand**")
    wanted = st.text_input(
        "Search the pool", key=f"{variant.label}.exemplars.search", placeholder="a title, a word, a tag"
    )
    blocked = shared().workshop.guard(catalog.facts.name, case)
    found = [e for e in catalog.exemplars if wanted.lower() in _text(e, catalog).lower()]
    st.caption(f"{len(found)} of {len(catalog.exemplars)} exemplars of this catalog")
    for exemplar in found[:SHOWN_OF_POOL]:
        reason = blocked(exemplar)
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", wrap=False, border=True):
            st.markdown(
                summary(exemplar, catalog) + (f"  \n:red[Blocked: {reason}]" if reason else ""), width="stretch"
            )
            st.button(
                "Added" if exemplar.id in picked else "Add",
                key=f"{variant.label}.exemplar.add.{exemplar.id}",
                disabled=bool(reason) or exemplar.id in picked,
                on_click=_pick,
                args=(variant, [*picked, exemplar.id]),
            )


def summary(exemplar: Exemplar, catalog: Catalog) -> str:
    """One line: what was known of the user, and the answer."""
    known = [f"“{exemplar.description}”"] if exemplar.description else []
    if exemplar.history:
        known.append(", ".join(catalog.item(i).title for i in exemplar.history[-3:]))
    answer = ", ".join(catalog.item(i).title for i in exemplar.answer[:2])
    return f"`{exemplar.id}` {' · '.join(known)} → **{answer}**"


def _text(exemplar: Exemplar, catalog: Catalog) -> str:
    titles = [catalog.item(i).title for i in (*exemplar.history, *exemplar.answer)]
    return " ".join([exemplar.id, exemplar.description, exemplar.reason, *exemplar.tags, *titles])


def _ids(variant: Variant, name: str) -> list[str]:
    """An option that lists exemplar ids."""
    value = variant.exemplars.options.get(name, [])
    return [str(i) for i in value] if isinstance(value, list) else []


@whole
def _pick(variant: Variant, ids: list[str]) -> None:
    """Picking by hand makes the policy "by hand"."""
    options: dict[str, JsonValue] = {"ids": [*ids]}
    state.set_choice(variant.label, "exemplars", Choice(name="by_hand", options=options))


@whole
def _lock(variant: Variant, ids: list[str]) -> None:
    options: dict[str, JsonValue] = {**variant.exemplars.options, "locked": [*ids]}
    state.set_choice(variant.label, "exemplars", Choice(name=variant.exemplars.name, options=options))


@whole
def _move(variant: Variant, exemplar_id: str, step: int) -> None:
    ids = _ids(variant, "ids")
    at = ids.index(exemplar_id)
    ids.insert(at + step, ids.pop(at))
    _pick(variant, ids)
