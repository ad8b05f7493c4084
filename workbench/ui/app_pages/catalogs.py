"""Catalogs: what is in them, and what is wrong with one that does not load."""

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.errors import WorkbenchError
from workbench.records import Attribute, Qrels
from workbench.ui.bootstrap import shared
from workbench.ui.parts import catalog_import
from workbench.ui.parts.exemplar_picker import summary

st.header("Catalogs")
BROWSE, IMPORT = "Browse", "Import"
mode = st.segmented_control("What to do", [BROWSE, IMPORT], default=BROWSE, required=True, key="catalogs.mode")
if mode == IMPORT:
    catalog_import.draw()
    st.stop()
workshop = shared().workshop
names = list(workshop.catalog_folders())
name = st.selectbox("Catalog", names, key="catalogs.name", bind="query-params")


def cell(value: Attribute) -> str | int | float | bool | None:
    return ", ".join(value) if isinstance(value, tuple) else value


def items(catalog: Catalog) -> None:
    wanted = st.text_input("Search titles and texts", key="catalogs.search")
    found = [i for i in catalog.items if wanted.lower() in f"{i.title} {i.text}".lower()]
    st.caption(f"{len(found):,} of {len(catalog.items):,}")
    rows = [{"id": i.id, "title": i.title, **{k: cell(v) for k, v in i.attributes.items()}} for i in found]
    st.dataframe(rows, hide_index=True, height=460, key="catalogs.items", alt="Items of the catalog")


def cases(catalog: Catalog, qrels: Qrels) -> None:
    rows = [
        {
            "id": case.id,
            "segment": case.segment,
            "description": case.description,
            "history": " → ".join(catalog.item(i).title for i in case.history),
            "relevant": ", ".join(f"{catalog.item(i).title} ({g})" for i, g in qrels.get(case.id, {}).items()),
            "given candidates": len(case.candidates),
        }
        for case in catalog.cases
    ]
    st.dataframe(rows, hide_index=True, height=460, key="catalogs.cases", alt="Cases with their relevant items")


def exemplars(catalog: Catalog) -> None:
    for exemplar in catalog.exemplars:
        st.markdown(summary(exemplar, catalog) + (f"  \n{exemplar.reason}" if exemplar.reason else ""))


def facts(catalog: Catalog) -> None:
    meta = catalog.meta
    for column, (label, value) in zip(
        st.columns(5),
        (
            ("Items", len(catalog.items)),
            ("Cases", len(catalog.cases)),
            ("Exemplars", len(catalog.exemplars)),
            ("Interactions", len(catalog.interactions)),
            ("Language", meta.language),
        ),
        strict=True,
    ):
        column.metric(label, value)
    st.markdown(f"**{meta.title}** · {meta.domain} · {meta.origin} · licence {meta.licence}  \n{meta.source}")
    st.caption(f"Fingerprint {catalog.fingerprint[:16]} · {catalog.folder}")


try:
    with st.spinner("Reading the catalog …"):
        catalog = workshop.catalog(name)
        qrels = workshop.qrels(name)
except WorkbenchError as error:
    n = len(error.problems)
    st.error(f"This catalog does not load: {n} problem{'' if n == 1 else 's'}", icon=":material/error:")
    for problem in error.problems:
        st.markdown(f"- {problem}")
    st.stop()

facts(catalog)
shown = st.segmented_control(
    "Show", ["Items", "Cases", "Exemplars"], default="Items", required=True, key="catalogs.show"
)
if shown == "Cases":
    cases(catalog, qrels)
elif shown == "Exemplars":
    exemplars(catalog)
else:
    items(catalog)
