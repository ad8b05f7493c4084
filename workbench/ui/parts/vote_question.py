"""One question of a blind vote: the case, the two lists, and the answers by button or key."""

import pandas as pd
import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.evaluation.ballot import Question, ballot
from workbench.records import Case
from workbench.store.experiment import Experiment
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole

_SKIPPED = "vote skipped"
ANSWERS = (
    ("left", "Left is better", "A", ":material/arrow_back:"),
    ("right", "Right is better", "B", ":material/arrow_forward:"),
    ("tie", "Tie", "T", ":material/drag_handle:"),
    ("bad", "Both bad", "X", ":material/thumb_down:"),
)
"""What is said, its words, its key, its sign."""


def draw(experiment: Experiment, pairs: tuple[tuple[int, int], ...], judge: str, catalog: Catalog) -> None:
    if not judge:
        st.info("Enter your name above: votes are kept by judge.", icon=":material/badge:")
        return
    if not pairs:
        st.info("Choose at least two whose lists are to be judged.", icon=":material/checklist:")
        return
    questions = _ballot(experiment.id, experiment.n_done, pairs, judge, experiment)
    answered = {v.question for v in shared().store.votes(experiment.id) if v.judge == judge}
    left = [q for q in questions if q.key not in answered]
    if not questions:
        st.info("There is no case yet for which these lists differ.", icon=":material/hourglass_empty:")
        return
    done = len(questions) - len(left)
    st.progress(done / len(questions), f"{done} of {len(questions)} judged by {judge}")
    if not left:
        st.success("That was all. Thank you. See “What came out”.", icon=":material/done_all:")
        _back(experiment.id, judge, disabled=not answered)
        return
    # What was skipped comes again at the end, in the order in which it was skipped.
    skipped = st.session_state.setdefault(_SKIPPED, {}).setdefault((experiment.id, judge), [])
    question = min(left, key=lambda q: skipped.index(q.key) + 1 if q.key in skipped else 0)
    cases = _cases(experiment.id)
    _case(cases[question.case_at], catalog)
    _answers(experiment.id, question, judge, none_yet=not answered)
    lists = _lists(experiment.id, experiment.n_done, tuple(sorted({p for pair in pairs for p in pair})))
    for column, side, entry in zip(
        st.columns(2, gap="medium"), ("Left", "Right"), (question.left, question.right), strict=True
    ):
        with column:
            st.subheader(side)
            _list(lists[entry][question.case_at], catalog, side)


def _case(case: Case, catalog: Catalog) -> None:
    noun = catalog.facts.noun
    with st.container(border=True):
        if case.description:
            st.text(f"They say: {case.description}")
        titles = " → ".join(catalog.item(i).title for i in case.history)
        st.text(f"They took, oldest first: {titles}" if titles else f"Nothing is known of the {noun}s they took.")


def _answers(experiment_id: str, question: Question, judge: str, *, none_yet: bool) -> None:
    with st.container(horizontal=True, horizontal_alignment="center"):
        for said, words, key, icon in ANSWERS:
            st.button(
                words,
                key=f"vote.{said}",
                icon=icon,
                shortcut=key,
                type="primary" if said in ("left", "right") else "secondary",
                on_click=_say,
                args=(experiment_id, question, judge, said),
            )
        st.button(
            "Skip",
            key="vote.skip",
            icon=":material/redo:",
            shortcut="S",
            type="tertiary",
            on_click=_skip,
            args=(experiment_id, question, judge),
        )
        _back(experiment_id, judge, disabled=none_yet)


def _back(experiment_id: str, judge: str, *, disabled: bool) -> None:
    st.button(
        "Take back",
        key="vote.back",
        icon=":material/undo:",
        shortcut="Z",
        type="tertiary",
        disabled=disabled,
        help="Forget your last vote and ask it again",
        on_click=_take_back,
        args=(experiment_id, judge),
    )


def _list(item_ids: tuple[str, ...], catalog: Catalog, side: str) -> None:
    items = [catalog.item(i) for i in item_ids]
    frame = pd.DataFrame(
        {
            "#": range(1, len(items) + 1),
            catalog.facts.noun: [i.title for i in items],
            "about": [i.text for i in items],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content",
        key=f"vote.list.{side}",
        column_config={
            "#": st.column_config.NumberColumn(width=30),
            catalog.facts.noun: st.column_config.TextColumn(width="medium"),
            "about": st.column_config.TextColumn(width="large"),
        },
        alt=f"{side} list",
    )


@whole
def _say(experiment_id: str, question: Question, judge: str, said: str) -> None:
    shared().store.save_vote(experiment_id, question.vote(judge, said))


@whole
def _skip(experiment_id: str, question: Question, judge: str) -> None:
    skipped = st.session_state[_SKIPPED][experiment_id, judge]
    st.session_state[_SKIPPED][experiment_id, judge] = [*(k for k in skipped if k != question.key), question.key]


@whole
def _take_back(experiment_id: str, judge: str) -> None:
    last = shared().store.take_back_vote(experiment_id, judge)
    if last is not None:
        # It is asked again at once, before what was skipped and before what is new.
        skipped = st.session_state.setdefault(_SKIPPED, {}).setdefault((experiment_id, judge), [])
        st.session_state[_SKIPPED][experiment_id, judge] = [k for k in skipped if k != last.question]


@st.cache_data(max_entries=8, show_spinner=False)
def _lists(experiment_id: str, n_done: int, entries: tuple[int, ...]) -> dict[int, dict[int, tuple[str, ...]]]:
    found: dict[int, dict[int, tuple[str, ...]]] = shared().store.first_lists(experiment_id, entries)
    return found


@st.cache_data(max_entries=4, show_spinner=False)
def _cases(experiment_id: str) -> list[Case]:
    return [asked.case for asked in shared().store.experiment_cases(experiment_id)]


@st.cache_data(max_entries=16, show_spinner=False)
def _ballot(
    experiment_id: str, n_done: int, pairs: tuple[tuple[int, int], ...], judge: str, _experiment: Experiment
) -> tuple[Question, ...]:
    lists = _lists(experiment_id, n_done, tuple(sorted({place for pair in pairs for place in pair})))
    return ballot(_experiment.plan, lists, pairs, judge)
