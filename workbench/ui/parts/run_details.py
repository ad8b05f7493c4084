"""Behind the lists: what differs between two variants, their prompts, what the model wrote, and the export."""

import streamlit as st

from workbench.bundle import Solved, make_bundle, write_bundle
from workbench.catalogs.catalog import Catalog
from workbench.errors import WorkbenchError
from workbench.experiments.reporting import differing
from workbench.store.comparison import Comparison, Run
from workbench.ui import editor
from workbench.ui.parts import item_card

VIEWS = ("Item", "Settings that differ", "Templates", "Prompts", "What the model wrote", "Export")


def draw(comparison: Comparison, catalog: Catalog) -> None:
    view = st.segmented_control("Look at", VIEWS, default=VIEWS[0], required=True, key="details.view")
    done = [run for run in comparison.runs if run.ranking]
    if view == "Item":
        item_card.draw(catalog)
    elif view == "Export":
        _export(comparison, catalog, done)
    elif view == "What the model wrote":
        _written(done)
    elif len(done) < 2:
        st.caption("Two finished variants are needed for that.")
    else:
        a, b = _pair(done)
        if view == "Settings that differ":
            _settings(a, b)
        else:
            _texts(a, b, prompts=view == "Prompts")


def draw_difference(runs: list[Run]) -> None:
    """What differs between two of several variants, settings and templates; no ranking is needed."""
    if len(runs) < 2:
        st.info("There is one variant only: nothing differs.", icon=":material/difference:")
        return
    a, b = _pair(runs)
    _settings(a, b)
    _texts(a, b, prompts=False)


def _pair(done: list[Run]) -> tuple[Run, Run]:
    by_label = {run.label: run for run in done}
    labels = list(by_label)
    if len(labels) == 2:
        return done[0], done[1]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        a = st.selectbox("Left", labels, key="details.left", width=120)
        b = st.selectbox("Right", labels, index=1, key="details.right", width=120)
    return by_label[a], by_label[b]


def _settings(a: Run, b: Run) -> None:
    rows = [{"setting": name, **values} for name, values in differing([a.variant, b.variant]).items()]
    if rows:
        st.dataframe(rows, hide_index=True, key="details.settings", alt="Settings that differ")
    else:
        st.caption(
            "Nothing differs but the template's text, if that."
            if a.variant.digest != b.variant.digest
            else "Nothing differs."
        )


def _texts(a: Run, b: Run, *, prompts: bool) -> None:
    if prompts:
        assert a.ranking is not None
        assert b.ranking is not None
        _diff(a, b, "prompt", a.ranking.prompt.text, b.ranking.prompt.text, jinja=False)
        return
    left, right = a.variant.template, b.variant.template
    _diff(a, b, "template", left.source, right.source, jinja=True)
    for name in sorted({*left.includes, *right.includes}):
        texts = left.includes.get(name, ""), right.includes.get(name, "")
        if texts[0] != texts[1]:
            st.caption(f"The included file {name} differs too.")
            _diff(a, b, name, *texts, jinja=True)


def _diff(a: Run, b: Run, what: str, left: str, right: str, *, jinja: bool) -> None:
    editor.text_diff(
        key=f"details.diff.{what}.{a.label}{b.label}.{a.variant.digest[:8]}{b.variant.digest[:8]}",
        left=left,
        right=right,
        left_label=f"{what} of {a.label}",
        right_label=f"{what} of {b.label}",
        jinja=jinja,
    )


def _written(done: list[Run]) -> None:
    for run in done:
        ranking = run.ranking
        assert ranking is not None
        st.markdown(f"**{run.label}**")
        for name, text in ranking.steps.items():
            st.caption(f"step {name}")
            st.code(text, language=None, wrap_lines=True)
        if not ranking.lines and not ranking.output:
            st.caption("This method scores titles; the model writes nothing.")
            continue
        st.code(ranking.output, language=None, wrap_lines=True)
        rows = [
            {"line": m.line, "match": m.kind + (", again" if m.duplicate else ""), "item": m.item_id, "why": m.reason}
            for m in ranking.lines
        ]
        st.dataframe(rows, hide_index=True, key=f"details.lines.{run.label}", alt=f"Lines that {run.label} wrote")


def _export(comparison: Comparison, catalog: Catalog, done: list[Run]) -> None:
    st.markdown(
        "A bundle holds the template, the exemplars, the model's identity, the settings and the list that came out. "
        "`workbench rank --bundle FILE` reruns it and says whether the list and the scores are the same."
    )
    with st.container(horizontal=True):
        for run in done:
            _bundle_button(comparison, catalog, run)
            st.download_button(
                f"{run.label}: template .j2",
                run.variant.template.source,
                file_name=f"{run.variant.template.name}.j2",
                mime="text/plain",
                key=f"export.j2.{run.label}",
                icon=":material/description:",
                on_click="ignore",
            )


def _bundle_button(comparison: Comparison, catalog: Catalog, run: Run) -> None:
    assert run.ranking is not None
    if run.ranking.variant_digest != run.variant.digest:
        st.caption(f"{run.label} is a control, which a bundle can't repeat.")
        return
    if catalog.fingerprint != comparison.catalog_fingerprint:
        st.warning(f"{run.label}: the catalog has changed since; run again to export.", icon=":material/history:")
        return
    try:
        bundle = write_bundle(make_bundle(run.variant, catalog, [Solved(comparison.case, run.ranking)]))
    except WorkbenchError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.download_button(
        f"Export {run.label} as a bundle",
        bundle,
        file_name=f"{run.variant.template.name}-{run.variant.digest[:8]}.zip",
        mime="application/zip",
        key=f"export.bundle.{run.label}",
        icon=":material/inventory:",
        type="primary",
        on_click="ignore",
    )
