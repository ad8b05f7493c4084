"""How far an experiment is, and its stop and resume."""

import streamlit as st

from workbench.store.experiment import Experiment
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole

POLL_SECONDS, FRESH = 1.0, 0.05
"""The whole page is drawn again once this share more is done."""


def follow(drawn: Experiment) -> None:
    every = POLL_SECONDS if drawn.active else None
    st.fragment(run_every=every)(_follow)(drawn)


def _follow(drawn: Experiment) -> None:
    now = shared().store.experiment(drawn.id)
    done = now.n_done + now.n_failed
    more = done - drawn.n_done - drawn.n_failed
    if now.active != drawn.active or more > FRESH * now.n_cells:
        st.rerun(scope="app")
    with st.container(horizontal=True, vertical_alignment="center"):
        if now.active:
            st.progress(min(1.0, done / now.n_cells), _words(now), width="stretch")
            st.button("Stop", key="experiment.stop", icon=":material/stop:", on_click=_stop, args=(now.id,))
        else:
            st.caption(_words(now), width="stretch")
        if not now.active and (now.status != "done" or now.n_failed):
            label = "Resume" if now.status != "done" else "Try the failed again"
            st.button(label, key="experiment.resume", icon=":material/play_arrow:", on_click=_resume, args=(now.id,))
    if now.problem:
        st.error(now.problem, icon=":material/error:")


def _words(now: Experiment) -> str:
    left = "" if now.seconds_left is None else f" · about {_duration(now.seconds_left)} left"
    failed = f" · {now.n_failed} failed" if now.n_failed else ""
    states = {"stopping": "stopping after the pass at work", "done": "done"}
    word = "left behind by a process that was killed" if now.stale else states.get(now.status, now.status)
    models = ", ".join(dict.fromkeys(m.id for m in now.models.values()))
    return f"{word} · {now.n_done + now.n_failed:,} of {now.n_cells:,} results{failed}{left} · {models}".rstrip(" ·")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


@whole
def _stop(experiment_id: str) -> None:
    shared().store.stop_experiment(experiment_id)


@whole
def _resume(experiment_id: str) -> None:
    if shared().store.experiment(experiment_id).status == "done":
        shared().store.forget_failures(experiment_id)
    shared().experiments.submit(experiment_id)
