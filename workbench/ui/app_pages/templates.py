"""Templates: the shipped ones and the analyst's own, their text, versions and problems."""

import streamlit as st

from workbench.errors import TemplateError
from workbench.prompts import check, list_templates, parse
from workbench.ui import editor, state
from workbench.ui.bootstrap import shared
from workbench.ui.permalink import from_url, into_url
from workbench.variant import TemplateSource

st.header("Templates")
store = shared().store
shipped = list_templates(shared().paths.templates)
own = {v.name: v for v in store.templates()}


def facts(template: TemplateSource) -> None:
    try:
        front = parse(template).front
    except TemplateError as error:
        for problem in error.problems:
            st.error(str(problem), icon=":material/error:")
        return
    st.markdown(f"**{front.description}**" if front.description else "_No description in its front matter._")
    kind = f"{front.format} · {front.task} · method {front.method} · domain {front.domain} · language {front.language}"
    st.caption(kind + (f" · by {front.author}" if front.author else ""))
    if front.notes:
        st.markdown(front.notes)
    for problem in check(parse(template)):
        st.warning(str(problem), icon=":material/error:")


def versions(name: str) -> None:
    saved = {v.number: v for v in store.template_versions(name)}
    if not saved:
        st.caption("As shipped. Edits made on the Compare page become versions when they are saved there.")
        return
    number = st.selectbox(
        "Version",
        list(saved),
        key=f"templates.version.{name}",
        format_func=lambda n: f"{n} · {saved[n].created_at:%Y-%m-%d %H:%M} · {saved[n].note or 'no note'}",
    )
    before = saved[number - 1].template if number - 1 in saved else shipped.get(name)
    if before is None:
        st.code(saved[number].template.source, language="jinja2", line_numbers=True)
        return
    st.caption("What this version changed")
    editor.text_diff(
        key=f"templates.diff.{name}.{number}",
        left=before.source,
        right=saved[number].template.source,
        left_label=f"version {number - 1}" if number - 1 in saved else "as shipped",
        right_label=f"version {number}",
        jinja=True,
    )


left, right = st.columns([1, 2], gap="medium")
with left:
    names = sorted({*shipped, *own})
    from_url(["templates.name"])
    if st.session_state.get("templates.name") not in names:
        st.session_state.pop("templates.name", None)
    name = st.radio(
        "Template",
        names,
        key="templates.name",
        format_func=lambda n: f"{n} · version {own[n].number}" if n in own else n,
    )
    into_url(["templates.name"])
template = own[name].template if name in own else shipped[name]
with right:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(name, width="stretch")
        for label in [v.label for v in state.draft().variants]:
            if st.button(f"Use in {label}", key=f"templates.use.{label}", icon=":material/arrow_forward:"):
                state.keep_version(label, "kept when another template was picked")
                state.use_template(label, template)
                st.switch_page("app_pages/compare.py")
        st.download_button(".j2", template.source, f"{name}.j2", "text/plain", key="templates.j2", on_click="ignore")
    facts(template)
    # A long one scrolls, so that its versions below it are seen.
    height = 720 if template.source.count("\n") > 40 else "content"
    st.code(template.source, language="jinja2", line_numbers=True, height=height)
    versions(name)
