"""The cases of a catalog: searched, by segment, page by page; one of them whole, with what is relevant for it."""

from functools import partial

import streamlit as st

from workbench.catalogs.case_search import find_cases
from workbench.catalogs.catalog import Catalog
from workbench.records import Case, Qrels
from workbench.ui import state
from workbench.ui.callbacks import whole
from workbench.ui.plain_text import plain
from workbench.ui.turning import turn_to_compare

PAGE = 25


def draw(catalog: Catalog, qrels: Qrels) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", key="catalogs.cases.search", placeholder="an id, a title of the history, a word", width="stretch"
        )
        names = list(dict.fromkeys(case.segment for case in catalog.cases if case.segment))
        segments = st.multiselect("Segments", names, key=f"catalogs.segments.{catalog.facts.name}", width=380)
    found = find_cases(catalog, text=text, segments=segments)
    if not found:
        st.info("No case is like that. Search for less, or clear the segments.", icon=":material/search_off:")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        pages = -(-len(found) // PAGE)
        key = f"catalogs.cases.{catalog.facts.name}.{len(found)}"
        number = st.pagination(pages, key=f"{key}.page", max_visible_pages=5) if pages > 1 else 1
        page = found[(number - 1) * PAGE : number * PAGE]
        st.caption(f"{len(found):,} of {len(catalog.cases):,} cases")
        table = f"{key}.{number}"
        st.dataframe(
            [_row(case, catalog, qrels) for case in page],
            hide_index=True,
            height=min(560, 36 * len(page) + 40),
            key=table,
            on_select="rerun",
            selection_mode="single-row",
            column_config={
                "id": st.column_config.TextColumn(width=70),
                "known": st.column_config.TextColumn(width=260),
            },
            alt="Cases of the catalog",
        )
        rows = st.session_state.get(table, {}).get("selection", {}).get("rows", [])
    with right:
        if rows and rows[0] < len(page):
            _whole_case(page[rows[0]], catalog, qrels)
        else:
            st.caption("Choose a row at its left end to see the whole case and what is relevant for it.")


def _row(case: Case, catalog: Catalog, qrels: Qrels) -> dict[str, str | int]:
    """What is known of the user in a line: what they say, else what they took last."""
    known = case.description or ", ".join(catalog.titles[i] for i in case.history[-3:][::-1])
    return {
        "id": case.id,
        "segment": case.segment,
        "known": known,
        "history": len(case.history),
        "relevant": sum(grade > 0 for grade in qrels.get(case.id, {}).values()),
        "given candidates": len(case.candidates),
        "time": case.time[:10],
    }


def _whole_case(case: Case, catalog: Catalog, qrels: Qrels) -> None:
    with st.container(border=True, key="case.facts"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{case.id} · {case.segment}", width="stretch")
            st.button(
                "Open in Compare",
                key="catalogs.case.open",
                icon=":material/compare_arrows:",
                on_click=open_in_compare,
                args=(catalog.facts.name, case.id),
            )
        if case.description:
            st.caption("They say")
            st.text(case.description)
        if case.history:
            st.caption(f"History, oldest first ({len(case.history)})")
            titles = [{"": n, "title": catalog.titles[i], "id": i} for n, i in enumerate(case.history, start=1)]
            st.dataframe(titles, hide_index=True, height=_height(len(titles)), key="case.history", alt="History")
        grades = sorted(qrels.get(case.id, {}).items(), key=lambda pair: -pair[1])
        st.caption(f"Relevant ({len(grades)}): the truth, never shown to a template or a model")
        if grades:
            relevant = [{"grade": grade, "title": catalog.titles[i], "id": i} for i, grade in grades]
            st.dataframe(
                relevant, hide_index=True, height=_height(len(grades)), key="case.relevant", alt="Relevant items"
            )
        said = [f"user {case.user}"] if case.user else []
        said += [f"asked at {case.time}"] if case.time else []
        said += [f"{len(case.candidates)} given candidates"] if case.candidates else []
        st.caption(plain(" · ".join([*said, *([case.note] if case.note else [])])))


def _height(rows: int) -> int:
    return min(240, 36 * rows + 40)


@whole
def open_in_compare(name: str, case_id: str = "") -> None:
    """The draft becomes one of that catalog and case, and the page turns to it."""
    state.draft()
    state.edit(lambda d: d.model_copy(update={"catalog": name, "case_id": case_id, "use_typed": False}))
    turn_to_compare()


def compare_button(name: str, key: str, **look: str) -> None:
    st.button(
        "Open in Compare", key=key, icon=":material/compare_arrows:", on_click=partial(open_in_compare, name), **look
    )
