"""How far a search is, and its stop and resume."""

import streamlit as st

from workbench.search.folder import SearchFolder, State
from workbench.search.reading import read
from workbench.ui.bootstrap import searching
from workbench.ui.callbacks import whole
from workbench.ui.parts.search_trials import draw_curve

POLL_SECONDS = 1.0


def follow(folder: SearchFolder) -> None:
    """While it runs, what it does and the best so far are drawn again every second; the rest of the page at its end."""
    active = _is_active(folder)
    st.fragment(run_every=POLL_SECONDS if active else None)(_follow)(folder, active)


def _is_active(folder: SearchFolder) -> bool:
    return searching().is_waiting(folder.id) or folder.is_active


def _follow(folder: SearchFolder, drawn_active: bool) -> None:
    active, now = _is_active(folder), folder.state()
    if active != drawn_active:
        st.rerun(scope="app")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_words(folder, now, active), width="stretch")
        if active:
            st.button("Stop", key="search.stop", icon=":material/stop:", on_click=_stop, args=(folder,))
        elif now.status != "done":
            st.button("Resume", key="search.resume", icon=":material/play_arrow:", on_click=_resume, args=(folder,))
    if now.problem:
        st.error(now.problem, icon=":material/error:")
    if active:
        draw_curve(read(folder, importances=False), key="live")


def _words(folder: SearchFolder, now: State, active: bool) -> str:
    status = now.status
    if status == "running" and not active:
        status_words = "left behind by a process that was killed"
    elif active:
        status_words = "stopping after the pass at work" if folder.is_asked_to_stop else "running"
    else:
        status_words = status
    spent = f"{now.seconds / 60:.1f} min and {now.passes:,} passes spent"
    return " · ".join(filter(None, (status_words, now.progress, spent, now.ended)))


@whole
def _stop(folder: SearchFolder) -> None:
    folder.ask_to_stop()


@whole
def _resume(folder: SearchFolder) -> None:
    searching().submit(folder)
