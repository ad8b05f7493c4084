"""The import wizard: where from, which column is what, what it would become, its name, and off it goes."""

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.catalogs.importing import IMPORTERS, About, Importer, Summary, import_catalog
from workbench.catalogs.importing.recognising import FALLBACK, recognise, suggested_name
from workbench.catalogs.importing.trial import Trial, run_trial
from workbench.catalogs.keeping import NAME_RULE, check_name
from workbench.errors import CatalogError, WorkbenchError
from workbench.languages import detect
from workbench.options import build_from, options_of
from workbench.shelf import Shelf
from workbench.store.queries import read_rows
from workbench.ui.bootstrap import shared, tasks
from workbench.ui.parts import import_columns, import_done, task_view
from workbench.ui.parts.plain_options import option_widget
from workbench.ui.parts.problem_table import problem_table

UPLOAD, PATH, DATABASE = "Upload", "Path on the server", "Database"
DOMAINS = ["e-commerce", "news", "video", "music", "social"]
SHOWN = 8
_SOURCE = "import.source"
_trials = Shelf(4)


def draw() -> None:
    queue = tasks("import")
    task = queue.latest
    if task is not None and task.running:
        st.subheader("Importing")
        task_view.follow(task, "import.task")
        st.caption("Stay or leave: it goes on behind the page. Until it is whole, no catalog is there.")
        return
    if task is not None and not task_view.told(queue, task, "import.task", stopped="Nothing of it is left."):
        import_done.draw(task.name, task.result)
        return
    _wizard()


def _wizard() -> None:
    st.subheader("1 · Where the data is")
    how = st.segmented_control(
        "Files", [UPLOAD, PATH, DATABASE], default=UPLOAD, required=True, key="import.how", label_visibility="collapsed"
    )
    location = _location(how)
    if location is None:
        st.info("Give the files to see what they would become.", icon=":material/upload_file:")
        with st.expander("What can be imported", icon=":material/help:"):
            st.markdown("\n".join(f"- **{name}**: {kind.summary}" for name, kind in IMPORTERS.items()))
        return
    try:
        kind = "sql" if how == DATABASE else _kind(location)
        st.subheader("2 · Which column is what" if kind in ("table", "sql") else "2 · Options")
        importer = _importer(kind, location)
        if importer is None:
            return
        trial = _trial(importer, location)
    except WorkbenchError as error:
        problem_table(error.problems, "import.problems")
        return
    st.subheader("3 · What it becomes")
    _preview(trial)
    st.subheader("4 · Name it")
    _about(importer, location, trial)


def _location(how: str) -> Path | None:
    """Where the files are; None while nothing is given."""
    if how == DATABASE:
        return Path()
    if how == PATH:
        text = st.text_input(
            "Path of a folder, a zip or a file", key="import.path", placeholder="/data/ml-latest-small.zip"
        )
        return Path(text.strip()).expanduser() if text.strip() else None
    uploaded = st.file_uploader("Files, or one zip", accept_multiple_files=True, key="import.files")
    if not uploaded:
        return None
    return _kept({file.name: file.getbuffer() for file in uploaded}, [file.file_id for file in uploaded])


def _kept(contents: dict[str, Any], ids: list[str]) -> Path:
    from workbench.catalogs.importing.uploads import keep

    return keep(shared().paths.cache / "uploads", contents, ids)


def _kind(location: Path) -> str:
    names = [name for name, kind in IMPORTERS.items() if kind.needs_path]
    found = recognise(location, IMPORTERS)
    said = {found: "  (recognised)"} if found != FALLBACK else {}
    kind: str = st.selectbox(
        "What it is",
        names,
        names.index(found),
        key=f"import.kind.{location}",
        format_func=lambda name: f"{name}: {IMPORTERS[name].summary}{said.get(name, '')}",
    )
    return kind


def _importer(kind: str, location: Path) -> Importer | None:
    """None while something is lacking that the page has asked for."""
    if kind == "table":
        values = import_columns.draw(location)
    else:
        left_to_grid = ("attributes",) if kind == "sql" else ()
        options = [o for o in options_of(IMPORTERS[kind]) if o.name not in left_to_grid]
        if not options:
            st.caption("This layout has none: its columns are known.")
        values = {o.name: option_widget(o, f"import.{kind}.{o.name}") for o in options}
        if kind == "sql":
            if not values["url"] or not values["items_query"]:
                st.info("Give the URL and the query of the items.", icon=":material/database:")
                return None
            rows = [row for _, row in islice(read_rows(values["url"], values["items_query"]), 1000)]
            values["attributes"] = import_columns.draw_query(rows)
    return build_from(IMPORTERS, kind, values, where="importer")


def _trial(importer: Importer, location: Path) -> Trial:
    """Kept while nothing but the name is edited. Raises CatalogError for what would make all of it unreadable."""

    def attempt() -> Trial | CatalogError:
        try:
            return run_trial(importer, location)
        except CatalogError as error:
            return error

    stamp = location.stat().st_mtime_ns if location.exists() else 0
    with st.spinner("Reading the beginning …"):
        tried = _trials.get((repr(importer), location, stamp), attempt)
    if isinstance(tried, CatalogError):
        raise tried
    return tried


def _preview(trial: Trial) -> None:
    catalog = trial.catalog
    read = "All items were read" if trial.whole else f"The first {len(catalog.items):,} items were read"
    kinds = ", ".join(f"{name} ({kind})" for name, kind in catalog.meta.attributes.items())
    st.caption(f"{read}. Attributes: {kinds or 'none'}")
    rows = [
        {
            "id": item.id,
            "title": item.title,
            **{n: ", ".join(v) if isinstance(v, tuple) else v for n, v in item.attributes.items()},
            "how a prompt describes it": item.text,
        }
        for item in catalog.items[:SHOWN]
    ]
    st.dataframe(rows, hide_index=True, height="content", key="import.items", alt="The first items")
    if len(catalog.interactions):
        rated = any(i.rating is not None for i in catalog.interactions[:SHOWN])
        taken = [
            {"user": i.user, "title": catalog.titles[i.item], "item": i.item, "time": i.time}
            | ({"rating": i.rating} if rated else {})
            for i in catalog.interactions[:SHOWN]
        ]
        st.dataframe(taken, hide_index=True, height="content", key="import.interactions", alt="The first interactions")
    else:
        st.caption("No interactions: items alone can be browsed, searched and ranked for typed cases.")
    if trial.summary.dropped:
        import_done.left_out(trial.summary, "import.trial", so_far=" of the rows read so far")
    else:
        st.caption(":material/check: Nothing was left out of the rows read so far.")


def _about(importer: Importer, location: Path, trial: Trial) -> None:
    _suggest(importer, location, trial)
    with st.form("import.about"):
        left, right = st.columns(2)
        name = left.text_input("Name", key="import.name", placeholder="my-catalog", help=NAME_RULE)
        title = right.text_input("Title", key="import.title")
        domain = left.selectbox("Domain", DOMAINS, key="import.domain")
        language = right.text_input("Language (BCP 47)", key="import.language")
        noun = left.text_input("What one item is called in prompts", key="import.noun")
        licence = right.text_input("Licence", key="import.licence")
        over = st.checkbox("Replace a catalog of mine that has this name", key="import.replace")
        run = st.form_submit_button("Import", type="primary", icon=":material/download:")
    if not run:
        return
    parent = shared().paths.catalogs[0]
    try:
        check_name(name.strip(), parent, taken=not over)
    except WorkbenchError as error:
        problem_table(error.problems, "import.name.problems")
        return
    said = replace(importer.about, title=title, domain=domain, language=language, noun=noun, licence=licence)
    _start(importer, location, parent, name.strip(), said, over=over)
    st.rerun()


def _suggest(importer: Importer, location: Path, trial: Trial) -> None:
    """Fill the form anew when other files are given; what is typed stays for as long as they are the same."""
    source = (type(importer).__name__, str(location))
    if st.session_state.get(_SOURCE) == source and "import.name" in st.session_state:
        return
    st.session_state[_SOURCE] = source
    about = importer.about
    titles = " ".join(item.title for item in trial.catalog.items[:200])
    suggested = {
        "name": suggested_name(location) if location != Path() else "",
        "title": about.title,
        "domain": about.domain,
        "language": detect(titles) or about.language,
        "noun": about.noun,
        "licence": about.licence,
    }
    for field, value in suggested.items():
        st.session_state[f"import.{field}"] = value


def _start(importer: Importer, location: Path, parent: Path, name: str, about: About, *, over: bool) -> None:
    def work(on_progress: Any, cancel: Any) -> Summary:
        return import_catalog(
            importer, location, parent, name, about, replace=over, on_progress=on_progress, cancel=cancel
        )

    tasks("import").start(f"Import of {name}", work)
