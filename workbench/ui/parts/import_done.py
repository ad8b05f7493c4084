"""The end of an import: what was kept, what was left out and why, and what comes next."""

import streamlit as st

from workbench.catalogs.importing import Summary
from workbench.ui.bootstrap import inventory, shared, tasks
from workbench.ui.callbacks import whole
from workbench.ui.parts import catalog_index, catalog_list, catalog_next
from workbench.ui.parts.problem_table import problem_table


def draw(task_name: str, summary: Summary) -> None:
    kept = ", ".join(f"{n:,} {what}" for what, n in summary.kept.items())
    st.success(f"{summary.name}: kept {kept}, in {summary.seconds:.1f} s", icon=":material/check:")
    if summary.dropped:
        left_out(summary, "import.left")
    else:
        st.caption("Nothing was left out.")
    folder = shared().workshop.catalog_folders().get(summary.name)
    if folder is not None:
        catalog_next.draw(inventory().entry(folder, read=True, busy=catalog_index.busy()))
        catalog_index.draw_running()
    with st.container(horizontal=True):
        st.button(
            "Look at its items",
            key="import.look",
            icon=":material/table_rows:",
            on_click=catalog_list.show,
            args=(summary.name, catalog_list.ONE),
        )
        st.button("Import another", key="import.another", icon=":material/add:", on_click=_put_away, args=(task_name,))


def left_out(summary: Summary, key: str, *, so_far: str = "") -> None:
    """What is left out by its reason, and the first rows with their lines."""
    total = sum(dropped.count for dropped in summary.dropped)
    with st.expander(f"{total:,} left out{so_far}", icon=":material/rule:", expanded=True):
        rows = [{"what": d.kind, "how many": d.count, "why": d.reason} for d in summary.dropped]
        st.dataframe(rows, hide_index=True, height="content", key=f"{key}.why", alt="What was left out")
        if summary.problems:
            st.caption("The first of them")
            problem_table(summary.problems, f"{key}.first")


@whole
def _put_away(task_name: str) -> None:
    tasks("import").forget(task_name)
