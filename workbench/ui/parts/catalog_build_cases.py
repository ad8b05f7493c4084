"""Cases built from a catalog's interactions, whenever they are wanted, with every setting; behind the page."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.catalogs.case_building import Built, CaseSettings, build_cases
from workbench.catalogs.case_placing import SETTINGS, place_cases
from workbench.catalogs.catalog import Catalog
from workbench.catalogs.keeping import check_name
from workbench.errors import WorkbenchError
from workbench.options import build_from, options_of
from workbench.ui.bootstrap import shared, tasks
from workbench.ui.parts import task_view
from workbench.ui.parts.plain_options import option_widget
from workbench.ui.parts.problem_table import problem_table


def task_name(name: str) -> str:
    return f"Cases of {name}"


def draw_task(name: str) -> bool:
    """How the building of a catalog's cases goes or went; whether it goes on."""
    queue = tasks("cases")
    task = queue.find(task_name(name))
    if task is None:
        return False
    if task.running:
        task_view.follow(task, "cases.task")
        return True
    if not task_view.told(queue, task, "cases.task", stopped="Nothing was changed."):
        _done(task.result)
    return False


def draw(catalog: Catalog, *, own: bool) -> None:
    """The form, or why there is none."""
    if not len(catalog.interactions):
        st.info(
            "Cases are built from interactions, and this catalog has none: import them with the items, write cases by "
            "hand (docs/formats.md), or type a case on Compare.",
            icon=":material/info:",
        )
        return
    _form(catalog, own=own)


def _done(result: tuple[str, Built]) -> None:
    name, built = result
    skipped = "".join(f"  \n{n:,} users left out: {reason}" for reason, n in built.skipped.items())
    st.success(
        f"{len(built.cases):,} cases and {len(built.exemplars):,} exemplars are in {name}.{skipped}",
        icon=":material/check:",
    )


def _form(catalog: Catalog, *, own: bool) -> None:
    name = catalog.facts.name
    by_hand = bool(catalog.cases) and not (catalog.folder / SETTINGS).exists()
    here = own and not by_hand
    with st.form(f"cases.{name}"):
        if not here:
            whose = "The cases here were written by people" if own else "A shipped catalog is not changed"
            st.caption(f"{whose}: a copy of the catalog gets the new ones.")
        columns = st.columns(3)
        values: dict[str, Any] = {}
        for n, option in enumerate(options_of(CaseSettings)):
            with columns[n % 3]:
                values[option.name] = option_widget(option, f"cases.{name}.{option.name}")
        to = name if here else st.text_input("Name of the copy", f"{name}-cases", key=f"cases.{name}.to")
        if here and catalog.cases:
            st.caption("The cases that are there were built, and are replaced.")
        pressed = st.form_submit_button("Build cases", icon=":material/quiz:", type="primary")
    if pressed:
        _start(catalog, values, to)


def _start(catalog: Catalog, values: dict[str, Any], to: str) -> None:
    parent = shared().paths.catalogs[0]
    try:
        settings = build_from({"cases": CaseSettings}, "cases", values, where="cases")
        check_name(to, parent, taken=to != catalog.facts.name)
    except WorkbenchError as error:
        problem_table(error.problems, "cases.problems")
        return
    tasks("cases").start(task_name(catalog.facts.name), partial(_build, catalog, settings, parent, to))
    st.rerun()


def _build(
    catalog: Catalog, settings: CaseSettings, parent: Path, to: str, on_progress: Any, cancel: Any
) -> tuple[str, Built]:
    on_progress("looking at the users", 0.0)
    built = build_cases(catalog, settings)
    on_progress("writing", 0.9)
    place_cases(catalog.folder, parent, built, settings, name=to, replace=False)
    return to, built
