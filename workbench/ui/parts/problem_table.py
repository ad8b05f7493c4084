"""Problems as a table: in which file and line, what is wrong, and what to do."""

from collections.abc import Sequence

import streamlit as st

from workbench.errors import Problem


def problem_table(problems: Sequence[Problem], key: str) -> None:
    rows = [_row(problem) for problem in problems]
    kept = [column for column in rows[0] if any(row[column] not in ("", None) for row in rows)] if rows else []
    st.dataframe(
        rows,
        hide_index=True,
        key=key,
        column_order=kept,
        placeholder="",
        column_config={
            "line": st.column_config.NumberColumn(width=60),
            "what is wrong": st.column_config.TextColumn(width="large"),
            "what to do": st.column_config.TextColumn(width="medium"),
        },
        alt="Problems",
    )


def _row(problem: Problem) -> dict[str, str | int | None]:
    file, _, place = problem.where.partition(", ")
    if "." not in file and "." in place:
        file, place = place, file  # an import names the kind of rows first
    return {
        "file": file,
        "line": problem.line,
        "place": place,
        "what is wrong": problem.what,
        "what to do": problem.fix,
    }
