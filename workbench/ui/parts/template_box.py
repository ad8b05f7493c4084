"""The template editor of one variant, its versions, and what a template can read."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.errors import Problem
from workbench.prompts import VARIABLES, collect, list_templates
from workbench.store.template_version import TemplateVersion
from workbench.ui import editor, state
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole
from workbench.ui.following import following
from workbench.variant import NAME_LENGTH, TemplateSource, Variant

Action = Callable[[], None]
TAGS = ("system", "user", "assistant", "step", "query", "include", "for", "if", "set", "macro")


def draw(
    variant: Variant, catalog: Catalog, problems: list[Problem], height: int, *, on_typed: Action, on_run: Action
) -> None:
    """An editor where the bundle was built, else a text area. Either writes each edit into the draft at once."""
    label, text = variant.label, variant.template.source
    if not editor.is_built():
        key, changed = following(f"{label}.text", text, partial(_typed, label))
        st.text_area(f"Template of {label}", text, key=key, height=height, on_change=changed)
    else:
        _editor(variant, catalog, problems, height, on_typed, on_run)
    if st.session_state.pop(f"{label}.run", False):
        # Ctrl+Enter inside the editor: the comparison is drawn outside of this fragment.
        st.rerun(scope="app")
    _versions(variant)


def _editor(
    variant: Variant, catalog: Catalog, problems: list[Problem], height: int, on_typed: Action, on_run: Action
) -> None:
    label, text = variant.label, variant.template.source
    # What the browser is known to show; when the draft says otherwise (a picked template, another tab's edit), the
    # epoch moves on and the browser takes the draft's text.
    shown = st.session_state.setdefault(f"{label}.shown", {"text": text, "epoch": 0})
    if shown["text"] != text:
        shown.update(text=text, epoch=shown["epoch"] + 1)
    key = f"{label}.editor"

    @whole
    def typed() -> None:
        if take_in(label):
            on_typed()

    @whole
    def run() -> None:
        on_run()
        st.session_state[f"{label}.run"] = True

    editor.template_editor(
        key=key,
        label=f"Template of {label}",
        text=text,
        epoch=shown["epoch"],
        marks=[{"line": p.line or 1, "column": p.column or 0, "message": p.what} for p in problems if p.line],
        words=_words(catalog),
        height=height,
        on_typed=typed,
        on_run=run,
    )


def take_in(label: str) -> bool:
    """Write what the browser sent of this editor into the draft; False if that has been done already.

    Pressing Run takes in every editor first: when a word and the press arrive together, Streamlit may call the
    button's callback before the editor's.
    """
    sent = (st.session_state.get(f"{label}.editor") or {}).get("typed")
    shown = st.session_state.get(f"{label}.shown")
    if sent and shown and sent["epoch"] == shown["epoch"] and sent["text"] != shown["text"]:
        shown["text"] = sent["text"]
        _typed(label, sent["text"])
        return True
    return False


def _typed(label: str, text: str) -> None:
    current = state.variant(label).template
    # Files that the text includes now; those that came with the template (out of a bundle, say) stay as they were.
    template = collect(current.name, text, shared().paths.templates)
    state.set_template(label, template.model_copy(update={"includes": {**template.includes, **current.includes}}))


def _words(catalog: Catalog) -> dict[str, list[editor.Word]]:
    """Completions: our tags, the documented variables, the attributes of this catalog's items."""
    attributes = ["title", "text", "id", *catalog.meta.attributes, *catalog.meta.relations]
    return {
        "tags": [{"label": tag, "type": "keyword", "detail": "block"} for tag in TAGS],
        "variables": [{"label": v.name, "type": "variable", "detail": v.meaning} for v in VARIABLES],
        "attributes": [{"label": a, "type": "property", "detail": f"of a {catalog.facts.noun}"} for a in attributes],
    }


def _versions(variant: Variant) -> None:
    template = variant.template
    saved = shared().store.template_versions(template.name)
    last = saved[0] if saved else None
    clean = last is not None and last.template.source == template.source
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption(f"{_standing(template, last)} · every edit is kept", width="content")
        if st.button(
            "Save version …", key=f"{variant.label}.save", type="tertiary", icon=":material/save:", disabled=clean
        ):
            _save(variant.label)
        if saved and st.button("History", key=f"{variant.label}.history", type="tertiary", icon=":material/history:"):
            _history(variant.label)
        if st.button("Variables", key=f"{variant.label}.help", type="tertiary", icon=":material/help:"):
            _help()


def _standing(template: TemplateSource, last: TemplateVersion | None) -> str:
    if last is None:
        shipped = list_templates(shared().paths.templates).get(template.name)
        return "As shipped" if shipped and shipped.source == template.source else "Not saved as a version yet"
    return (
        f"Version {last.number}" if last.template.source == template.source else f"Edited since version {last.number}"
    )


@st.dialog("Save this template as a new version", width="large", icon=":material/save:")
def _save(label: str) -> None:
    template = state.variant(label).template
    saved = shared().store.template_versions(template.name)
    name = st.text_input(
        "Name",
        template.name,
        key=f"{label}.save.name",
        max_chars=NAME_LENGTH,
        help="A new name starts a new template.",
    )
    note = st.text_input("What changed", key=f"{label}.save.note")
    shipped = list_templates(shared().paths.templates).get(template.name)
    before = saved[0].template if saved else shipped
    if before:
        said = f"version {saved[0].number}" if saved else "the template as shipped"
        st.caption(f"What differs from {said}")
        editor.text_diff(
            key=f"{label}.save.diff",
            left=before.source,
            right=template.source,
            left_label=said,
            right_label="as edited",
            jinja=True,
        )
    if st.button("Save", type="primary", key=f"{label}.save.go", disabled=not name):
        version = shared().store.save_template(name, template.source, includes=template.includes, note=note)
        state.set_template(label, version.template)
        st.rerun()


@st.dialog("History of this template", width="large", icon=":material/history:")
def _history(label: str) -> None:
    template = state.variant(label).template
    saved = {v.number: v for v in shared().store.template_versions(template.name)}
    number = st.selectbox(
        "Version",
        list(saved),
        key=f"{label}.history.number",
        format_func=lambda n: f"{n} · {saved[n].created_at:%Y-%m-%d %H:%M} · {saved[n].note or 'no note'}",
    )
    version = saved[number]
    editor.text_diff(
        key=f"{label}.history.diff.{number}",
        left=version.template.source,
        right=template.source,
        left_label=f"version {number}",
        right_label="as it stands",
        jinja=True,
    )
    if st.button("Restore this version", type="primary", key=f"{label}.history.go"):
        state.keep_version(label, f"kept when version {number} was restored")
        state.set_template(label, version.template)
        st.rerun()


@st.dialog("What a template can read", width="large", icon=":material/help:")
def _help() -> None:
    for variable in VARIABLES:
        st.markdown(f"`{variable.name}` — {variable.meaning}")
        st.code(variable.example, language="jinja2")
