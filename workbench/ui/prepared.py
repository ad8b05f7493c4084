"""Candidates and exemplars of a variant and case, looked up once and kept while only the template is edited."""

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.errors import TemplateError
from workbench.prompts import parse
from workbench.recommender import Prepared, prepare, query_of
from workbench.records import Case
from workbench.ui.bootstrap import shared
from workbench.variant import Variant


def prepared_case(variant: Variant, catalog: Catalog, case: Case) -> Prepared:
    """Raises WorkbenchError. Cached by everything but what comes after, so that typing stays fast: of the template only
    its query counts."""
    parts = variant.model_dump_json(exclude={"label", "template", "method", "fusion", "orders"})
    query = _query(variant, catalog, case)
    prepared: Prepared = _prepared(parts, catalog.facts.name, catalog.fingerprint, case, query, variant, catalog)
    return prepared


@st.cache_data(max_entries=200, show_spinner="Finding candidates …")
def _prepared(
    parts: str, name: str, fingerprint: str, case: Case, query: str, _variant: Variant, _catalog: Catalog
) -> Prepared:
    workshop = shared().workshop
    embeddings = workshop.embeddings(_variant.embedder, _catalog.facts.language, _variant.model)
    return prepare(_variant, _catalog, case, embeddings, blocked=workshop.guard(name, case), query=query)


def _query(variant: Variant, catalog: Catalog, case: Case) -> str:
    """A template that can't be parsed, in the middle of an edit, asks for nothing of its own; the page says why."""
    try:
        parse(variant.template)
    except TemplateError:
        return ""
    return query_of(variant, catalog, case)
