"""What a search found: the verdict on the cases kept apart, and the winner as a variant and as a bundle."""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.search.folder import Confirmation, SearchFolder
from workbench.search.winning import bundle_of, winner_of
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.variant import Variant


def draw(folder: SearchFolder) -> None:
    confirmation = folder.state().confirmation
    if confirmation is not None:
        _verdict(confirmation, folder.plan().measure)
    try:
        winner = winner_of(folder)
    except WorkbenchError:
        return  # nothing has seen all cases yet
    with st.container(horizontal=True):
        if st.button("Open the winner in Compare", key="search.open", icon=":material/compare_arrows:"):
            state.take_variant(winner, folder.plan().catalog)
            st.switch_page("app_pages/compare.py")
        if confirmation is not None:
            _bundle(folder, winner)
            st.page_link(
                "app_pages/experiments.py",
                label="The confirmation as an experiment",
                icon=":material/science:",
                query_params={"experiment": confirmation.experiment_id},
            )


def _verdict(confirmation: Confirmation, measure: str) -> None:
    box = {"better": st.success, "worse": st.error}.get(confirmation.verdict, st.info)
    box(confirmation.words[:1].upper() + confirmation.words[1:], icon=":material/gavel:")
    st.markdown(f"**Winner**: {confirmation.winner}")
    with st.container(horizontal=True):
        st.metric(f"{measure} in the search", f"{confirmation.searched:.4f}", border=True)
        st.metric(
            f"{measure} confirmed, {confirmation.n} cases",
            f"{confirmation.confirmed:.4f}",
            help=f"95 %: {confirmation.low:.4f} to {confirmation.high:.4f}",
            border=True,
        )
        st.metric(
            "Optimism",
            f"{confirmation.optimism:+.4f}",
            help="The score that it was chosen by, less the one on cases that had no part in the choice.",
            border=True,
        )
        st.metric(
            f"{confirmation.default} as it ships, confirmed", f"{confirmation.default_confirmed:.4f}", border=True
        )
    for line in confirmation.lines(measure)[4:]:
        st.warning(line, icon=":material/visibility:")


def _bundle(folder: SearchFolder, winner: Variant) -> None:
    try:
        content = bundle_of(folder, shared().workshop)
    except WorkbenchError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.download_button(
        "Export the winner as a bundle",
        content,
        file_name=f"{winner.template.name}-{winner.digest[:8]}.zip",
        mime="application/zip",
        key="search.bundle",
        icon=":material/inventory:",
        on_click="ignore",
    )
