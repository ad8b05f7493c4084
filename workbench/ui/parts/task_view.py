"""A task at work: how far it is, how long it takes still, and its stop; the page is drawn anew at its end."""

import streamlit as st

from workbench.tasks import Task, Tasks
from workbench.ui.callbacks import whole
from workbench.ui.parts.problem_table import problem_table

POLL_SECONDS = 1.0


def follow(task: Task, key: str) -> None:
    """Draw it until it has ended, then the whole page anew: also where it ends between the page's look at it and this
    one, or nobody would look again."""
    st.fragment(run_every=POLL_SECONDS)(_follow)(task, key)


def _follow(task: Task, key: str) -> None:
    if not task.running:
        st.rerun(scope="app")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(task.fraction, text=f"**{task.name}** · {task.text}{time_left(task)}", width="stretch")
        st.button("Stop", key=f"{key}.stop", on_click=whole(task.stop), icon=":material/stop:")


def time_left(task: Task) -> str:
    seconds = task.seconds_left
    if seconds is None:
        return ""
    return f" · about {seconds:.0f} s left" if seconds < 90 else f" · about {seconds / 60:.0f} min left"


def told(tasks: Tasks, task: Task, key: str, *, stopped: str) -> bool:
    """Say how a task ended that did not come out well, until it is put away; whether it did not."""
    if task.running or (task.result is not None and not task.problems):
        return False
    if task.problems:
        n = len(task.problems)
        st.error(f"{task.name}: {n} problem{'' if n == 1 else 's'}", icon=":material/error:")
        problem_table(task.problems, f"{key}.problems")
    else:
        st.info(f"{task.name} was stopped. {stopped}", icon=":material/stop:")
    st.button("Put away", key=f"{key}.forget", icon=":material/close:", on_click=_forget, args=(tasks, task.name))
    return True


@whole
def _forget(tasks: Tasks, name: str) -> None:
    tasks.forget(name)
