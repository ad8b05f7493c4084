"""The session's state: which draft is open. What is in the draft lives in the store, never here."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from workbench.errors import TemplateError
from workbench.prompts import parse
from workbench.store.comparison import Comparison
from workbench.store.draft import LABELS, Draft
from workbench.store.errors import DraftConflict, StoreError
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole
from workbench.ui.first_draft import first_draft
from workbench.variant import NAME_LENGTH, Choice, ParameterValue, TemplateSource, Variant

_DRAFT, _BROKEN_LINK = "draft_id", "broken link"


def draft() -> Draft:
    """The open draft as the store has it now: from the URL, else the session's, else the last one edited, else new."""
    store = shared().store
    wanted = st.query_params.get("draft") or st.session_state.get(_DRAFT)
    if wanted:
        try:
            found = store.load_draft(wanted).draft
        except StoreError as error:
            st.warning(f"{error} Showing the last one instead.", icon=":material/link_off:")
        else:
            return _opened(found)
    latest = store.latest_draft()
    if latest:
        return _opened(latest.draft)
    fresh = first_draft(shared().workshop)
    store.save_draft(fresh)
    return _opened(fresh)


def _opened(found: Draft) -> Draft:
    """Keep the permalink in the address bar: it restores draft and comparison."""
    st.session_state[_DRAFT] = found.id
    st.query_params["draft"] = found.id
    shown = st.query_params.get("comparison")
    if found.comparison_id and not shown:
        st.query_params["comparison"] = found.comparison_id
    return found


def edit(change: Callable[[Draft], Draft]) -> Draft:
    """Apply a change to the draft as it is in the store now, so that edits of other tabs are kept, and save it."""
    store = shared().store
    while True:
        saved = store.load_draft(st.session_state[_DRAFT])
        changed = change(saved.draft)
        try:
            store.save_draft(changed, saved.revision)
        except DraftConflict:
            continue  # another tab wrote between our read and our write: apply the change to what it wrote
        return changed


def edit_variant(label: str, change: Callable[[Variant], Variant]) -> None:
    def changed(current: Draft) -> Draft:
        variants = tuple(change(v) if v.label == label else v for v in current.variants)
        return current.model_copy(update={"variants": variants})

    edit(changed)


def set_field(label: str, name: str, value: Any) -> None:
    """Set one field of a variant."""
    edit_variant(label, lambda v: Variant.model_validate({**v.model_dump(), name: value}))


def set_parameter(label: str, name: str, value: ParameterValue | None) -> None:
    """Set what a template's parameter is, None for what the template itself says."""

    def changed(v: Variant) -> Variant:
        kept = {n: x for n, x in v.parameters.items() if n != name}
        return v.model_copy(update={"parameters": kept if value is None else {**kept, name: value}})

    edit_variant(label, changed)


def set_choice(label: str, part: str, choice: Choice) -> None:
    """Set a variant's method, retriever or exemplar policy."""
    edit_variant(label, lambda v: v.model_copy(update={part: choice}))


def set_template(label: str, template: TemplateSource) -> None:
    edit_variant(label, lambda v: v.model_copy(update={"template": template}))


@whole
def add_variant() -> None:
    """A copy of the last variant under the next free letter."""

    def changed(current: Draft) -> Draft:
        free = [label for label in LABELS if label not in {v.label for v in current.variants}]
        if not free:
            return current
        copy = current.variants[-1].model_copy(update={"label": free[0]})
        ordered = sorted((*current.variants, copy), key=lambda v: v.label)
        return current.model_copy(update={"variants": tuple(ordered)})

    edit(changed)


def take_variant(taken: Variant, catalog: str) -> None:
    """Put a variant that was found elsewhere beside those of the draft; where there is no room, in place of the last,
    whose template is kept. Over another catalog the draft goes to its first case."""

    def changed(current: Draft) -> Draft:
        free = [label for label in LABELS if label not in {v.label for v in current.variants}]
        label = free[0] if free else current.variants[-1].label
        kept = [v for v in current.variants if v.label != label]
        ordered = sorted([*kept, taken.model_copy(update={"label": label})], key=lambda v: v.label)
        update: dict[str, Any] = {"variants": tuple(ordered)}
        if current.catalog != catalog:
            cases = shared().workshop.catalog(catalog).cases
            update |= {"catalog": catalog, "case_id": cases[0].id if cases else "", "use_typed": False}
        return current.model_copy(update=update)

    last = draft().variants[-1].label
    keep_version(last, "kept when the winner of a search was opened")
    edit(changed)


def remove_variant(label: str) -> None:
    """The variant goes; its template is in the history, so nothing is lost."""

    def changed(current: Draft) -> Draft:
        kept = tuple(v for v in current.variants if v.label != label)
        if not kept:
            return current
        baseline = current.baseline if current.baseline != label else kept[0].label
        return current.model_copy(update={"variants": kept, "baseline": baseline})

    keep_version(label, "kept when its variant was removed")
    edit(changed)


def variant(label: str) -> Variant:
    return next(v for v in draft().variants if v.label == label)


def keep_version(label: str, note: str) -> None:
    """Save the variant's template as a version, so that whatever replaces it loses nothing."""
    template = next((v.template for v in draft().variants if v.label == label), None)
    if template is not None:
        name = template.name[:NAME_LENGTH]
        shared().store.save_template(name, template.source, includes=template.includes, note=note)


def show_comparison(comparison_id: str) -> None:
    st.session_state.pop(_BROKEN_LINK, None)
    st.query_params["comparison"] = comparison_id
    edit(lambda d: d.model_copy(update={"comparison_id": comparison_id}))


def take_back(comparison: Comparison) -> None:
    """Bring the variants of an earlier run back onto the page; what they replace is kept as versions."""
    for current in draft().variants:
        keep_version(current.label, "kept when the variants of an earlier run were taken back")
    variants = tuple(run.variant for run in comparison.runs)
    edit(lambda d: d.model_copy(update={"variants": variants, "baseline": comparison.baseline}))


def shown_comparison_id() -> str | None:
    """From the permalink, else the draft's own, if the store still has it. A broken link is told once and dropped."""
    for wanted in (st.query_params.get("comparison"), draft().comparison_id):
        try:
            if wanted:
                found: str = shared().store.comparison(wanted).id
                return found
        except StoreError as error:
            st.session_state[_BROKEN_LINK] = str(error)
            st.query_params.pop("comparison", None)
    return None


def broken_link() -> str:
    """What is wrong with the link that was followed, until another comparison is shown."""
    said: str = st.session_state.get(_BROKEN_LINK, "")
    return said


def use_template(label: str, template: TemplateSource) -> None:
    """Give the variant another template, and the ranking method that its front matter names; values of parameters stay
    where it declares them too."""
    try:
        front = parse(template).front
    except TemplateError:
        front = None  # a saved version may be broken: the page shows how, and the method stays

    def changed(v: Variant) -> Variant:
        if front is None:
            return v.model_copy(update={"template": template})
        method = v.method if v.method.name == front.method else Choice(name=front.method)
        fitting = {n: x for n, x in v.parameters.items() if n in front.parameters and x in front.parameters[n].values}
        return v.model_copy(update={"template": template, "method": method, "parameters": fitting})

    edit_variant(label, changed)
