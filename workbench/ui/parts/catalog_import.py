"""The import wizard: where from, what it would become, run it, build cases, open in Compare."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.catalogs.case_building import CaseSettings, build_cases
from workbench.catalogs.case_placing import place_cases
from workbench.catalogs.importing import IMPORTERS, Importer, Summary, import_catalog
from workbench.catalogs.importing.background import ImportJob
from workbench.catalogs.importing.preview import preview
from workbench.errors import Problem, WorkbenchError
from workbench.options import Option, build_from, options_of
from workbench.ui import state
from workbench.ui.bootstrap import imports, shared
from workbench.ui.callbacks import whole

UPLOAD, PATH = "Upload", "Path on the server"
DOMAINS = ["e-commerce", "news", "video", "music", "social"]


def draw() -> None:
    job = imports().latest
    if job and job.running:
        _progress()
        return
    if job:
        _ended(job)
    _wizard()


def _wizard() -> None:
    st.subheader("Bring in a catalog")
    names = list(IMPORTERS)
    kind = st.selectbox("What it is", names, key="import.kind", format_func=lambda n: f"{n}: {IMPORTERS[n].summary}")
    location = _location(IMPORTERS[kind])
    with st.expander("Columns and options", expanded=kind in ("table", "sql")):
        values = {o.name: _widget(o, f"import.{kind}.{o.name}") for o in options_of(IMPORTERS[kind])}
    if location is None:
        st.info("Give the files to see what they would become.", icon=":material/upload_file:")
        return
    try:
        importer = build_from(IMPORTERS, kind, values, where="importer")
        found = preview(importer, location)
    except WorkbenchError as error:
        show_problems(error.problems)
        return
    st.markdown("**The first items**")
    st.dataframe(found.items, hide_index=True, key="import.items", alt="The first items")
    if found.interactions:
        st.markdown("**The first interactions**")
        st.dataframe(found.interactions, hide_index=True, key="import.interactions", alt="The first interactions")
    types = ", ".join(f"{name} ({kind})" for name, kind in found.attributes.items())
    st.caption(f"Attributes: {types or 'none'}")
    _about(importer, location)


def _location(kind: type[Importer]) -> Path | None:
    """Where the files are; None while nothing is given."""
    if not kind.needs_path:
        return Path()
    how = st.segmented_control("Files", [UPLOAD, PATH], default=UPLOAD, required=True, key="import.how")
    if how == PATH:
        text = st.text_input("Path of a folder, a zip or a file", key="import.path")
        return Path(text).expanduser() if text.strip() else None
    uploaded = st.file_uploader("Files, or one zip", accept_multiple_files=True, key="import.files")
    if not uploaded:
        return None
    return keep_uploads({file.name: file.getbuffer() for file in uploaded}, [file.file_id for file in uploaded])


def keep_uploads(contents: dict[str, Any], ids: list[str]) -> Path:
    from workbench.catalogs.importing.uploads import keep

    return keep(shared().paths.cache / "uploads", contents, ids)


def _widget(option: Option, key: str) -> Any:
    if option.choices:
        return st.selectbox(option.label, option.choices, key=key, help=option.help)
    if option.kind is bool:
        return st.toggle(option.label, value=bool(option.default), key=key, help=option.help)
    if option.kind is list:
        text = st.text_input(option.label, key=key, help=f"{option.help} Parted by commas.")
        return [part.strip() for part in text.split(",") if part.strip()]
    if option.kind in (int, float):
        low = None if option.minimum is None else option.kind(option.minimum)
        return st.number_input(option.label, value=option.default, min_value=low, key=key, help=option.help)
    if option.name.endswith("query"):
        return st.text_area(option.label, value=str(option.default), key=key, help=option.help)
    secret = "password" if option.name == "url" else "default"
    return st.text_input(option.label, value=str(option.default), key=key, help=option.help, type=secret)


def _about(importer: Importer, location: Path) -> None:
    about = importer.about
    with st.form("import.about"):
        left, right = st.columns(2)
        name = left.text_input(
            "Name", key="import.name", placeholder="my-catalog", help="Lower-case letters, digits, -"
        )
        title = right.text_input("Title", about.title, key="import.title")
        domain = left.selectbox("Domain", DOMAINS, DOMAINS.index(about.domain), key="import.domain")
        language = right.text_input("Language (BCP 47)", about.language, key="import.language")
        noun = left.text_input("What one item is called", about.noun, key="import.noun")
        licence = right.text_input("Licence", about.licence, key="import.licence")
        run = st.form_submit_button("Import", type="primary", icon=":material/download:")
    if not run:
        return
    if not name:
        st.warning("Give the catalog a name.", icon=":material/edit:")
        return
    said = replace(about, title=title, domain=domain, language=language, noun=noun, licence=licence)
    parent = shared().paths.catalogs[0]

    def work(on_progress: Any, cancel: Any) -> Summary:
        return import_catalog(importer, location, parent, name, said, on_progress=on_progress, cancel=cancel)

    imports().start(name, work)
    st.rerun()


@st.fragment(run_every=0.5)
def _progress() -> None:
    job = imports().latest
    if job is None or not job.running:
        st.rerun()
        return
    st.subheader(f"Importing {job.name}")
    st.progress(min(1.0, job.fraction), text=job.text)
    st.button("Stop", key="import.stop", on_click=whole(job.stop), icon=":material/stop:")


def _ended(job: ImportJob) -> None:
    if job.problems:
        st.error(f"{job.name} was not imported; nothing of it is left", icon=":material/error:")
        show_problems(job.problems)
    elif job.summary is None:
        st.info(f"{job.name} was stopped; nothing of it is left", icon=":material/stop:")
    else:
        _summary(job.summary)


def _summary(summary: Summary) -> None:
    kept = ", ".join(f"{n:,} {what}" for what, n in summary.kept.items())
    st.success(f"{summary.name}: kept {kept}, in {summary.seconds:.1f} s", icon=":material/check:")
    if summary.dropped:
        with st.expander(f"{sum(d.count for d in summary.dropped):,} left out", expanded=True):
            rows = [{"what": d.kind, "rows": d.count, "why": d.reason} for d in summary.dropped]
            st.dataframe(rows, hide_index=True, key="import.dropped", alt="What was left out")
            show_problems(summary.problems)
    cases_form(summary.name)


def cases_form(name: str) -> None:
    """Build cases of a catalog of the user's own, then open it in Compare."""
    st.markdown("**Build cases**")
    with st.form(f"cases.{name}"):
        columns = st.columns(3)
        values = {}
        for n, option in enumerate(options_of(CaseSettings)):
            with columns[n % 3]:
                values[option.name] = _widget(option, f"cases.{name}.{option.name}")
        build = st.form_submit_button("Build cases", icon=":material/quiz:")
    if build:
        _build(name, values)
    st.page_link("app_pages/compare.py", label="Go to Compare", icon=":material/compare_arrows:")


def _build(name: str, values: dict[str, Any]) -> None:
    folder = shared().paths.catalogs[0] / name
    try:
        settings = build_from({"cases": CaseSettings}, "cases", values, where="cases")
        with st.spinner("Building cases …"):
            built = build_cases(shared().workshop.catalog(name), settings)
            place_cases(folder, folder.parent, built, settings, name=name, replace=False)
    except WorkbenchError as error:
        show_problems(error.problems)
        return
    skipped = "; ".join(f"{n:,} users: {reason}" for reason, n in built.skipped.items())
    st.success(f"{len(built.cases):,} cases and {len(built.exemplars):,} exemplars. {skipped}", icon=":material/check:")
    st.button("Open in Compare", key="import.open", on_click=partial(open_in_compare, name), type="primary")


@whole
def open_in_compare(name: str) -> None:
    state.draft()
    state.edit(lambda d: d.model_copy(update={"catalog": name, "case_id": "", "use_typed": False}))


def show_problems(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        st.markdown(f"- {problem}")
