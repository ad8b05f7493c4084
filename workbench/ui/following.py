"""Widgets that show what the draft holds, whoever changed it: the widget itself, a button, or another tab."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from workbench.ui.callbacks import whole


def following(key: str, value: Any, take: Callable[[Any], None]) -> tuple[str, Callable[[], None]]:
    """The key under which to draw a widget now, with `value` as its default, and its `on_change`.

    The default has to be given at each drawing: a browser that has not shown the widget yet, in a popover that is shut,
    knows nothing else when it opens, and would say the first of the options, or the least number, as the user's choice.
    `take` gets what the user chooses, and never what a browser on a busy machine says late. A value that was changed
    elsewhere gets a fresh widget under a key of its own: told to show it by its old key, the browser may first say the
    old value once more. And Streamlit forgets a widget that is no longer drawn while the browser may still name it, so
    that its old value looks like a change: a widget that was replaced is not listened to, nor one that says what is
    known already.
    """
    known = st.session_state.setdefault(f"{key} known", {"number": 0, "value": value})
    if st.session_state.get(_key(key, known["number"]), value) != value:
        known["number"] += 1
    known["value"] = value
    number = known["number"]
    shown = _key(key, number)

    @whole
    def changed() -> None:
        said = st.session_state[shown]
        if number == known["number"] and said != known["value"]:
            known["value"] = said
            take(said)

    return shown, changed


def _key(key: str, number: int) -> str:
    return f"{key}.{number}" if number else key
