"""Which experiment is on show: from the link, else the latest."""

from collections import Counter
from collections.abc import Iterable

import streamlit as st

from workbench.store.errors import StoreError
from workbench.store.experiment import Experiment
from workbench.store.experiment_reading import ExperimentName
from workbench.ui.bootstrap import shared
from workbench.ui.following import following


def pick(key: str) -> Experiment | None:
    """Draw the choice and return what is chosen; None where there is no experiment at all. `key` names the page's own
    widget."""
    store = shared().store
    known = {e.id: e for e in store.experiment_names()}
    if not known:
        return None
    experiment = _of_link() or store.experiment(next(iter(known)))
    names = labels_of(known.values())
    names.setdefault(experiment.id, experiment.plan.name)  # one that is too old for the list, and was linked to
    shown, changed = following(key, experiment.id, _show)
    ids = list(names)
    st.selectbox(
        "Experiment", ids, ids.index(experiment.id), key=shown, on_change=changed, format_func=lambda i: names[i]
    )
    return experiment


def labels_of(experiments: Iterable[ExperimentName]) -> dict[str, str]:
    """Id -> what to call it in a list. No two are alike: a browser says by its words which of them was chosen."""
    named = {e.id: f"{e.name} · {e.created_at.astimezone():%d %b %Y %H:%M}" for e in experiments}
    often = Counter(named.values())
    return {i: f"{words} · {i[:6]}" if often[words] > 1 else words for i, words in named.items()}


def _of_link() -> Experiment | None:
    wanted = st.query_params.get("experiment")
    if not wanted:
        return None
    try:
        found: Experiment = shared().store.experiment(wanted)
    except StoreError:
        st.warning(f"No experiment {wanted!r}: showing the latest instead.", icon=":material/link_off:")
        return None
    return found


def _show(experiment_id: str) -> None:
    st.query_params["experiment"] = experiment_id
