"""An experiment as files: the leaderboard, every result, and a report."""

import io

import pandas as pd
import streamlit as st

from workbench.evaluation.leaderboard import Board, Scores, as_table, slices
from workbench.evaluation.report import report
from workbench.store.experiment import Experiment


def draw(board: Board, experiment: Experiment, scores: Scores) -> None:
    labels = {e.position: e.label for e in experiment.plan.entries}
    cases = pd.DataFrame(
        [
            {
                "entry": labels[r.entry],
                "case": scores.cases[r.case_at].case.id,
                "repeat": r.repeat,
                "status": r.status,
                **r.numbers,
                "items": " ".join(r.items),
                "problem": r.problem,
            }
            for results in scores.results.values()
            for r in results
        ]
    )
    variants = [e for e in experiment.plan.entries if e.role == "variant"]
    html = report(experiment, board, slices(scores, board.measure, variants))
    st.markdown("The report is one file that opens in any browser; the tables hold every number behind it.")
    with st.container(horizontal=True):
        _button("Report as HTML", html.encode(), f"experiment-{experiment.id}.html", "text/html")
        table = pd.DataFrame(as_table(board)).to_csv(index=False).encode()
        _button("Leaderboard as CSV", table, f"leaderboard-{experiment.id}.csv", "text/csv")
        _button("Results as CSV", cases.to_csv(index=False).encode(), f"results-{experiment.id}.csv", "text/csv")
        _button("Results as Parquet", _parquet(cases), f"results-{experiment.id}.parquet", "application/octet-stream")


def _parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out, index=False)
    return out.getvalue()


def _button(label: str, content: bytes, name: str, mime: str) -> None:
    st.download_button(label, content, file_name=name, mime=mime, key=f"files.{label}", on_click="ignore")
