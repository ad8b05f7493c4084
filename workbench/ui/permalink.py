"""What a page shows, in the address bar: a link to it opens the same again.

Streamlit's own `bind="query-params"` can't be used where a button turns to another page: `st.switch_page` refuses to
clear what is bound.
"""

from collections.abc import Sequence

import streamlit as st

_WRITTEN = "permalink"


def from_url(keys: Sequence[str]) -> None:
    """Before the widgets with these keys are drawn: take from the address bar what was not written there by
    `into_url`."""
    written = st.session_state.setdefault(_WRITTEN, {})
    for key in keys:
        said = st.query_params.get(key)
        if said and (said != written.get(key) or key not in st.session_state):
            st.session_state[key] = said
            written[key] = said


def into_url(keys: Sequence[str]) -> None:
    """After they are drawn: show in the address bar what they say."""
    written = st.session_state.setdefault(_WRITTEN, {})
    for key in keys:
        value = st.session_state.get(key)
        if value and value != st.query_params.get(key):
            st.query_params[key] = written[key] = value
