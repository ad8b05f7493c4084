"""Turning to Compare from another page.

A turn that Streamlit is asked for is forgotten where another message of the browser, which names the page it came from,
arrives before the new page runs. So it is kept in the session until Compare is there.
"""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

_SENT = "turning.sent"


def turn_to_compare() -> None:
    """For callbacks: the page that runs next is Compare."""
    st.session_state[_SENT] = True


def go_where_sent(page: StreamlitPage, compare: StreamlitPage) -> None:
    """Before `page` runs: turn to Compare, if that was asked for and `page` is another one."""
    if page is compare:
        st.session_state.pop(_SENT, None)
    elif _SENT in st.session_state:
        st.switch_page(compare)
