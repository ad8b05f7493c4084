"""Blind vote: two lists for one case, names hidden and sides random; which is better?"""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.evaluation.ballot import pairs_of
from workbench.store.vote import JUDGE_LENGTH
from workbench.ui.bootstrap import shared
from workbench.ui.parts import experiment_picker, vote_question, vote_results

VIEWS = ("Vote", "What came out")

st.header("Blind vote")
with st.container(horizontal=True, vertical_alignment="bottom"):
    experiment = experiment_picker.pick("vote.experiment")
    if experiment is not None:
        judge = st.text_input(
            "Your name",
            key="vote.judge",
            max_chars=JUDGE_LENGTH,
            width=220,
            persist_state="session",
            placeholder="who judges",
        ).strip()
if experiment is None:
    st.info(
        "No experiment yet: its lists are what is voted on. Start one on the page Experiments.",
        icon=":material/science:",
    )
    st.stop()
assert experiment is not None  # or this run of the page has ended above

entries = {e.label: e for e in experiment.plan.entries if e.role != "chance"}
variants = [label for label, e in entries.items() if e.role == "variant"]
view = st.segmented_control("Look at", VIEWS, default=VIEWS[0], required=True, key="vote.view")
try:
    if view == "Vote":
        chosen = st.multiselect(
            "Lists of",
            list(entries),
            default=variants if len(variants) > 1 else [*variants, *(i for i in entries if i not in variants)][:2],
            key=f"vote.between.{experiment.id}",
            help="Every two of them are put side by side, for each case where they differ",
        )
        pairs = pairs_of(entries[label] for label in chosen)
        vote_question.draw(experiment, pairs, judge, shared().workshop.catalog(experiment.plan.catalog))
    else:
        vote_results.draw(experiment)
except WorkbenchError as error:
    st.error(str(error), icon=":material/error:")
