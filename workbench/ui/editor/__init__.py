"""The template editor and the side-by-side diff: one Streamlit component on CodeMirror, built at set-up."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

import streamlit as st

BUNDLE = Path(__file__).parent / "build" / "editor.js"


class Word(TypedDict):
    """One completion: what is inserted, its kind, and its explanation."""

    label: str
    type: str
    detail: str


class Mark(TypedDict):
    """One error mark; lines and columns count from 1, column 0 marks the whole line."""

    line: int
    column: int
    message: str


def is_built() -> bool:
    """Whether the bundle is there; without it the page shows plain text areas."""
    return BUNDLE.is_file()


@cache
def _component() -> Callable[..., Any]:
    host = '<div class="host"></div>'
    css = ".host { width: 100%; } .cm-editor, .cm-mergeView { max-height: 100%; }"
    component: Callable[..., Any] = st.components.v2.component("workbench.editor", html=host, css=css, js="editor.js")
    return component


def template_editor(
    *,
    key: str,
    label: str,
    text: str,
    epoch: int,
    marks: Sequence[Mark],
    words: dict[str, list[Word]],
    height: int,
    on_typed: Callable[[], None],
    on_run: Callable[[], None],
) -> None:
    """Mount an editor. `text` is put in when `epoch` differs from what the browser shows; from then on the browser
    owns the text and `st.session_state[key]["typed"]` holds {"text", "epoch"} after `on_typed`. `marks` were found in
    `text`. `words` has the lists `tags`, `variables` and `attributes`."""
    _component()(
        key=key,
        data={
            "mode": "edit",
            "label": label,
            "text": text,
            "checked": text,
            "epoch": epoch,
            "problems": list(marks),
            "words": words,
            "height": height,
        },
        default={"typed": None},
        height="content",
        on_typed_change=on_typed,
        on_run_change=on_run,
    )


def text_diff(*, key: str, left: str, right: str, left_label: str, right_label: str, jinja: bool) -> None:
    """Two texts side by side with their differences marked; a unified diff where the bundle is missing."""
    if not is_built():
        from difflib import unified_diff

        lines = unified_diff(left.splitlines(), right.splitlines(), left_label, right_label, lineterm="")
        st.code("\n".join(lines) or "no difference", language="diff", wrap_lines=True)
        return
    _component()(
        key=key,
        data={
            "mode": "diff",
            "left": left,
            "right": right,
            "leftLabel": left_label,
            "rightLabel": right_label,
            "jinja": jinja,
        },
        height="content",
    )
