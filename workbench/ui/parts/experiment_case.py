"""One case of an experiment, its lists side by side as the Compare page draws them."""

import streamlit as st

from workbench.errors import Problem, WorkbenchError
from workbench.evaluation.scores import Scores
from workbench.store.comparison import Comparison, Run, RunStatus
from workbench.store.experiment import CONTROLS, Entry, Experiment, Result
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole
from workbench.ui.parts import results

_LINK = "case"
MOST = 4
"""Lists side by side: more are too narrow to read."""


def choose(table: str, case_ids: list[str]) -> None:
    """Take in a click on the table of that key: the case is in the link from then on."""
    rows = st.session_state[table]["selection"]["rows"]
    if rows and rows[0] < len(case_ids):
        st.query_params[_LINK] = case_ids[rows[0]]


def draw(experiment: Experiment, scores: Scores, a: Entry, b: Entry) -> None:
    """The case of the link, if there is one: entries `a` and `b`, and what else is asked for."""
    wanted = st.query_params.get(_LINK)
    if not wanted:
        return
    case_at = next((at for at, asked in enumerate(scores.cases) if asked.case.id == wanted), None)
    if case_at is None:
        st.warning(f"This experiment has no case {wanted!r}.", icon=":material/link_off:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"Case {wanted}")
        st.button("Close", key="case.close", icon=":material/close:", on_click=_close)
    ranked = {e.label: e for e in experiment.plan.entries if e.role == "variant" or e.role in CONTROLS}
    shown = st.multiselect(
        "Side by side",
        list(ranked),
        default=[e.label for e in (a, b) if e.label in ranked] or list(ranked)[:2],
        max_selections=MOST,
        key=f"case.entries.{a.position}.{b.position}",
    )
    if not shown:
        st.caption("Choose a list to see it.")
        return
    case = scores.cases[case_at].case
    if case.description:
        st.text(f"They say: {case.description}")
    try:
        catalog = shared().workshop.catalog(experiment.plan.catalog)
        st.text("History: " + (" → ".join(catalog.item(i).title for i in case.history) or "none"))
        baseline = a.label if a.label in shown else shown[0]
        comparison = _comparison(experiment, scores, case_at, [ranked[label] for label in shown], baseline)
        results.draw(comparison, catalog, baseline)
    except WorkbenchError as error:
        st.error(str(error), icon=":material/error:")


@whole
def _close() -> None:
    st.query_params.pop(_LINK, None)


def _comparison(
    experiment: Experiment, scores: Scores, case_at: int, entries: list[Entry], baseline: str
) -> Comparison:
    found = {r.entry: r for r in shared().store.case_results(experiment.id, case_at) if r.repeat == 0}
    plan = experiment.plan
    return Comparison(
        id=f"{experiment.id}.{case_at}",
        draft_id="",
        catalog=plan.catalog,
        catalog_fingerprint=plan.catalog_fingerprint,
        case=scores.cases[case_at].case,
        baseline=baseline,
        created_at=experiment.created_at,
        runs=tuple(_run(at, experiment, entry, found.get(entry.position)) for at, entry in enumerate(entries)),
    )


def _run(at: int, experiment: Experiment, entry: Entry, result: Result | None) -> Run:
    """A control has the settings of its variant, under its own name."""
    variant = experiment.plan.variants[entry.of].model_copy(update={"label": entry.label})
    ranking = shared().store.ranking_of(result.key) if result and result.status == "done" else None
    problems = (Problem(result.problem),) if result and result.problem else ()
    status: RunStatus = result.status if result else "queued"
    return Run(at, variant, status, ranking=ranking, problems=problems)
