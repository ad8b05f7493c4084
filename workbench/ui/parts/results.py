"""The comparison: ranked lists side by side, what moved and what is relevant, how alike the lists are."""

import csv
import io

import altair as alt
import pandas as pd
import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.evaluation.comparison import (
    RETRIEVAL,
    Compared,
    NamedList,
    agreements,
    compare,
    flat,
    of_candidates,
    of_popularity,
    of_ranking,
)
from workbench.evaluation.measures import retrieval_ceiling
from workbench.store.comparison import Comparison, Run
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.ui.parts import earlier_runs, item_card, label_measures, rates, run_details

POLL_SECONDS, IDLE_SECONDS = 0.4, 1.5
ICONS = {"queued": "schedule", "running": "progress_activity", "stopped": "stop_circle", "interrupted": "power_off"}


def follow(drawn: Comparison | None) -> None:
    """Show which run is on show and how far it is, and draw the page again when there is more to show than was drawn.

    Looks once in a while even when nothing runs: a run may have been started by a message that Streamlit answered
    with one column alone, or in another tab.
    """
    every = POLL_SECONDS if drawn and drawn.active else IDLE_SECONDS
    st.fragment(run_every=every)(_follow)(drawn.id if drawn else None, _progress_of(drawn))


def _follow(drawn_id: str | None, drawn_progress: tuple[str, ...]) -> None:
    shown_id = state.shown_comparison_id()
    comparison = shared().store.comparison(shown_id) if shown_id else None
    if shown_id != drawn_id or _progress_of(comparison) != drawn_progress:
        st.rerun(scope="app")
    if comparison:
        earlier_runs.draw(comparison)
    for run in comparison.runs if comparison else ():
        if run.status == "running":
            doing, _, written = run.progress.partition("\n")
            st.progress(run.fraction, f"{run.label}: {doing}")
            if written:
                st.code(written, language=None, wrap_lines=True)
        elif run.status == "queued":
            st.progress(0.0, f"{run.label}: waiting")


def _progress_of(comparison: Comparison | None) -> tuple[str, ...]:
    """What of a comparison changes what is drawn: which runs have come to an end, and how."""
    if comparison is None:
        return ()
    return tuple("at work" if run.status in ("queued", "running") else run.status for run in comparison.runs)


def draw(comparison: Comparison, catalog: Catalog, baseline: str) -> None:
    """The lists of a comparison, those that are done."""
    lists = lists_of(comparison, catalog)
    grades = shared().workshop.qrels(comparison.catalog).get(comparison.case.id, {})
    k = max((run.variant.k for run in comparison.runs), default=10)
    compared = {c.name: c for c in compare(lists, baseline, k=k, grades=grades)} if lists else {}
    done = [run for run in comparison.runs if run.ranking]
    if done:
        _verdict(comparison, compared, grades, done)
    _columns(comparison, catalog, compared, baseline)
    if not done:
        return
    _baselines(comparison, catalog, compared, baseline)
    shown = list(compared.values())
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _movement(shown, catalog, k)
    with right:
        _measures(shown, comparison, grades)
        rates.draw(shown)
        label_measures.draw(done, grades)
        _agreement(lists, k)
    run_details.draw(comparison, catalog)
    st.download_button(
        "Comparison as CSV",
        as_csv(flat(shown, catalog.titles)),
        file_name=f"comparison-{comparison.id}.csv",
        mime="text/csv",
        key="comparison.csv",
        icon=":material/download:",
        on_click="ignore",
    )


def lists_of(comparison: Comparison, catalog: Catalog) -> list[NamedList]:
    """The variants' lists, then the retriever's own order and popularity over the first variant's candidates."""
    done = [(run.label, run.ranking) for run in comparison.runs if run.ranking]
    lists = [of_ranking(label, ranking) for label, ranking in done]
    if done:
        candidates = done[0][1].candidates
        lists += [
            of_candidates(RETRIEVAL, candidates),
            of_popularity(candidates, catalog.popularity_for(comparison.case)),
        ]
    return lists


def as_csv(rows: list[dict[str, object]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _verdict(comparison: Comparison, compared: dict[str, Compared], grades: dict[str, int], done: list[Run]) -> None:
    """One line that says what came out, for this one case."""
    if not grades:
        st.info("This case has no known answer: compare the lists by eye.", icon=":material/visibility:")
        return
    said = f"{_ceilings(comparison, grades)[done[0].label]} relevant items are among the candidates of {done[0].label}"
    best = max((run.label for run in done), key=lambda name: compared[name].measures["nDCG@10"])
    value, retrieval = compared[best].measures["nDCG@10"], compared[RETRIEVAL].measures["nDCG@10"]
    against = "above" if value > retrieval else "level with" if value == retrieval else "below"
    st.markdown(
        f"**{best}** ranks best here: nDCG@10 {value:.2f}, {against} the retriever's own order ({retrieval:.2f}). "
        f"{said}. One case shows what happens, not which variant is better."
    )


def _columns(comparison: Comparison, catalog: Catalog, compared: dict[str, Compared], baseline: str) -> None:
    for column, run in zip(st.columns(len(comparison.runs), gap="small"), comparison.runs, strict=True):
        with column:
            note = " · baseline" if run.label == baseline else ""
            st.markdown(f"#### {run.label} :gray[{run.variant.template.name}{note}]")
            if run.ranking is None:
                _unfinished(run)
                continue
            _table(compared[run.label], catalog, key=f"{comparison.id}.{run.label}")
            _usage(run)


def _unfinished(run: Run) -> None:
    if run.status == "failed":
        for problem in run.problems:
            st.error(str(problem), icon=":material/error:")
        return
    words = {"interrupted": "The server was stopped while this ran. Run again.", "stopped": "Stopped."}
    st.caption(f":material/{ICONS[run.status]}: {words.get(run.status, run.status)}")


def _baselines(comparison: Comparison, catalog: Catalog, compared: dict[str, Compared], baseline: str) -> None:
    names = [name for name in compared if name not in {run.label for run in comparison.runs}]
    for column, name in zip(st.columns(len(names), gap="small"), names, strict=True):
        with column, st.expander(f"{name}, for comparison", expanded=True):
            _table(compared[name], catalog, key=f"{comparison.id}.{name}")


def _table(entry: Compared, catalog: Catalog, *, key: str) -> None:
    frame = pd.DataFrame(
        {
            "#": [row.rank for row in entry.rows],
            "moved": [row.movement for row in entry.rows],
            "title": [catalog.item(row.item_id).title for row in entry.rows],
            "grade": ["★" * row.grade for row in entry.rows],
            "score": [row.score for row in entry.rows],
            "retrieved": [row.candidate_rank for row in entry.rows],
        }
    )
    if any(row.spread is not None for row in entry.rows):
        frame["spread"] = [row.spread for row in entry.rows]
    chosen = item_card.chosen()
    ids = [row.item_id for row in entry.rows]

    def colour(row: pd.Series) -> list[str]:
        at = int(row["#"]) - 1
        if ids[at] == chosen:
            return ["background-color: rgba(66, 133, 244, 0.30)"] * len(row)
        return ["background-color: rgba(52, 168, 108, 0.22)" if entry.rows[at].grade else ""] * len(row)

    event = st.dataframe(
        frame.style.apply(colour, axis=1).format({"score": "{:.3g}"}, na_rep="–"),
        hide_index=True,
        height="content",
        key=f"{key}.list",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "#": st.column_config.NumberColumn(width=30),
            "moved": st.column_config.TextColumn(width=48, help="Ranks against the baseline's list"),
            "title": st.column_config.TextColumn(width="medium"),
            "grade": st.column_config.TextColumn(width=46, help="Relevant for this case: ★★★ just right"),
            "score": st.column_config.NumberColumn(width=58),
            "retrieved": st.column_config.NumberColumn("retr.", width=42, help="Rank in the retriever's order"),
            "spread": st.column_config.NumberColumn("±", width=36, format="%.1f", help="How far its rank varies"),
        },
        alt=f"Ranked list {entry.name}",
    )
    item_card.choose(key, [ids[at] for at in event["selection"]["rows"]])
    if entry.dropped:
        titles = ", ".join(catalog.item(i).title for i in entry.dropped)
        st.caption(f"Dropped from the baseline's first {len(entry.rows)}: {titles}")


def _usage(run: Run) -> None:
    ranking = run.ranking
    assert ranking is not None
    usage = ranking.usage
    tokens = usage.prompt_tokens - usage.cached_tokens + usage.scored_tokens + usage.generated_tokens
    rate = tokens / usage.seconds if usage.seconds else 0.0
    passes = "1 pass" if usage.passes == 1 else f"{usage.passes} passes"
    st.caption(
        f"{usage.seconds:.2f} s in the model ({run.seconds:.2f} s in all) · {tokens:,} tokens "
        f"({usage.cached_tokens:,} more from the cache) · {rate:,.0f} tokens/s · {passes}"
    )
    if ranking.mean_spread is not None:
        moved = f"an item's rank varies by ±{ranking.mean_spread:.1f} (mean over {len(ranking.ranked)} items)"
        st.caption(f":material/shuffle: the mean of {ranking.orders} orders; {moved}")
    for warning in ranking.warnings:
        st.caption(f":material/info: {warning}")


def _measures(shown: list[Compared], comparison: Comparison, grades: dict[str, int]) -> None:
    if not shown[0].measures:
        return
    names = ["nDCG@10", "HR@10", "RR", "R@10"]
    st.markdown("**How good each list is**")
    ceilings = _ceilings(comparison, grades)
    # The baselines order the first variant's candidates, so its ceiling is theirs.
    first = next(iter(ceilings.values()))
    rows = [
        {"list": c.name, **{name: c.measures[name] for name in names}, "ceiling": ceilings.get(c.name, first)}
        for c in shown
    ]
    numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in names}
    numbers["ceiling"] = st.column_config.TextColumn(help="Relevant items that are among the list's candidates")
    st.dataframe(rows, hide_index=True, key="measures", column_config=numbers, alt="Measures of each list")


def _ceilings(comparison: Comparison, grades: dict[str, int]) -> dict[str, str]:
    """By variant, how many of the relevant items were there to be ranked at all."""
    found = {
        run.label: retrieval_ceiling([c.item_id for c in run.ranking.candidates], grades)
        for run in comparison.runs
        if run.ranking
    }
    return {label: f"{ceiling.retrieved} of {ceiling.relevant}" for label, ceiling in found.items()}


def _agreement(lists: list[NamedList], k: int) -> None:
    st.markdown(f"**How alike the lists are**, over the first {k}")
    rows = [
        {"pair": f"{a} and {b}", f"overlap@{k}": found.overlap, "RBO": found.rbo, "Kendall tau": found.tau}
        for (a, b), found in agreements(lists, k=k).items()
    ]
    numbers = {name: st.column_config.NumberColumn(format="%.2f") for name in (f"overlap@{k}", "RBO", "Kendall tau")}
    st.dataframe(rows, hide_index=True, key="agreement", column_config=numbers, alt="Agreement of each pair of lists")


def _movement(shown: list[Compared], catalog: Catalog, k: int) -> None:
    """Each item as a line across the lists; relevant ones in colour, the chosen one thick."""
    rows = [
        {
            "list": entry.name,
            "rank": row.rank,
            "item": catalog.item(row.item_id).title,
            "kind": "chosen" if row.item_id == item_card.chosen() else "relevant" if row.grade else "other",
        }
        for entry in shown
        for row in entry.rows
    ]
    st.markdown("**What moved**: each line is one item")
    kinds = alt.Scale(domain=["relevant", "chosen", "other"], range=["#2f9e6e", "#4285f4", "#9aa5a3"])
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("list:N", sort=[entry.name for entry in shown], title=None, axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y(
            "rank:Q", scale=alt.Scale(domain=[k + 0.5, 0.5], nice=False), axis=alt.Axis(tickMinStep=1), title="rank"
        ),
        color=alt.Color("kind:N", scale=kinds, legend=alt.Legend(title=None, orient="bottom")),
        detail="item:N",
        tooltip=["item", "list", "rank"],
    )
    lines = base.mark_line(strokeWidth=2).encode(
        opacity=alt.condition("datum.kind == 'other'", alt.value(0.45), alt.value(1.0))
    )
    chart = lines + base.mark_circle(size=70)
    st.altair_chart(chart.properties(height=330), key="movement", alt="Ranks of each item across the lists")
