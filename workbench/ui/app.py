"""The entry: sets the page up and navigates."""

from pathlib import Path

import streamlit as st

from workbench.ui.turning import go_where_sent

# A file of our own: Streamlit would fetch a named icon from the network.
ICON = Path(__file__).with_name("icon.png")
st.set_page_config(page_title="Recommendation workbench", page_icon=str(ICON), layout="wide")

COMPARE = st.Page("app_pages/compare.py", title="Compare", icon=":material/compare_arrows:", default=True)
PAGES = [
    COMPARE,
    st.Page("app_pages/experiments.py", title="Experiments", icon=":material/science:"),
    st.Page("app_pages/search.py", title="Search", icon=":material/manage_search:"),
    st.Page("app_pages/vote.py", title="Vote", icon=":material/how_to_vote:"),
    st.Page("app_pages/templates.py", title="Templates", icon=":material/article:"),
    st.Page("app_pages/exemplars.py", title="Exemplars", icon=":material/school:"),
    st.Page("app_pages/catalogs.py", title="Catalogs", icon=":material/inventory_2:"),
    st.Page("app_pages/models.py", title="Models", icon=":material/memory:"),
]

page = st.navigation(PAGES, position="top")
go_where_sent(page, COMPARE)
page.run()
