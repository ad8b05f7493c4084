"""The candidates before the run: what retrieval gave, with its scores, and what it left out."""

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.engine.embedded import EMBEDDED
from workbench.recommender import Prepared
from workbench.retrieval.rules import FORM
from workbench.ui import state
from workbench.ui.following import following
from workbench.variant import Variant


def draw(prepared: Prepared, catalog: Catalog, *, key: str) -> None:
    retrieved = prepared.retrieved
    left_out = ", ".join(f"{n} {why}" for why, n in retrieved.removed.items() if n)
    said = f"{len(retrieved.candidates)} candidates in {retrieved.seconds * 1000:.0f} ms"
    st.caption(f"{said} · left out: {left_out}" if left_out else said)
    rows = [
        {"rank": c.rank, "title": catalog.item(c.item_id).title, "score": c.score, "source": c.source}
        for c in retrieved.candidates
    ]
    st.dataframe(
        rows,
        hide_index=True,
        height=320,
        key=f"{key}.candidates",
        column_config={"score": st.column_config.NumberColumn(format="%.3f")},
        alt="Candidates with their retrieval scores",
    )
    if retrieved.query:
        st.caption(f"Asked for: {retrieved.query[:300]}")


def embedder(variant: Variant, catalog: Catalog) -> None:
    """Which model turns text into vectors, for the sources that need one."""
    key, changed = following(
        f"{variant.label}.embedder",
        variant.embedder,
        lambda said: state.set_field(variant.label, "embedder", said.strip()),
    )
    st.text_input(
        "Embedder",
        variant.embedder,
        key=key,
        placeholder=f"default for “{catalog.facts.language}”",
        help="Empty takes the default for the catalog's language. Else an embedded one "
        f"({', '.join(n for n, m in EMBEDDED.items() if m.kind == 'embedder')}), a Hugging Face id or a folder.",
        on_change=changed,
    )


def rules(variant: Variant, catalog: Catalog) -> None:
    """What candidates must be, and how much they are to differ, whatever the source."""
    label, written = variant.label, "\n".join(variant.rules)
    key, changed = following(
        f"{label}.rules",
        written,
        lambda said: state.set_field(label, "rules", tuple(line for line in said.splitlines() if line.strip())),
    )
    st.text_area(
        "Rules",
        written,
        key=key,
        height=68,
        placeholder=_example(catalog),
        help=f"One on each line, {FORM}. Names: id, title, text, {', '.join(catalog.meta.attributes)}.",
        on_change=changed,
    )
    key, changed = following(
        f"{label}.diversity", variant.diversity, lambda said: state.set_field(label, "diversity", said)
    )
    st.slider(
        "Diversity",
        0.0,
        1.0,
        variant.diversity,
        step=0.1,
        key=key,
        help="0: as the source orders them; higher: candidates that differ from one another (maximal marginal "
        "relevance over the source's first).",
        on_change=changed,
    )


def _example(catalog: Catalog) -> str:
    """A rule that holds for some items of this catalog."""
    for name, kind in catalog.meta.attributes.items():
        value = next((v for item in catalog.items if (v := item.attributes.get(name))), None)
        if value is not None:
            tests = {"integer": ">=", "number": ">=", "boolean": "=", "list": "contains", "text": "="}
            shown = value[0] if isinstance(value, tuple) else "yes" if value is True else value
            return f"{name} {tests[kind]} {shown}"
    return "title contains …"
