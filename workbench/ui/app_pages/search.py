"""Search: a better variant, looked for in the background and confirmed once on cases kept apart."""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.search.folder import searches
from workbench.ui.bootstrap import shared
from workbench.ui.following import following
from workbench.ui.parts import search_found, search_progress, search_start, search_trials

known = {folder.id: folder for folder in searches(shared().paths.data)}

st.header("Search")
search_start.draw(expanded=not known)
if not known:
    st.info("No search yet: start one above, or with `workbench search`.", icon=":material/manage_search:")
    st.stop()


def show(search_id: str) -> None:
    st.query_params["search"] = search_id


wanted = st.query_params.get("search")
if wanted and wanted not in known:
    st.warning(f"No search {wanted!r}: showing the latest instead.", icon=":material/link_off:")
folder = known.get(wanted or "") or next(iter(known.values()))
try:
    names = {search_id: found.plan().name for search_id, found in known.items()}
except WorkbenchError as error:
    st.error(str(error), icon=":material/error:")
    st.stop()
key, changed = following("search.shown", folder.id, show)
ids = list(known)
st.selectbox(
    "Search", ids, ids.index(folder.id), key=key, on_change=changed, format_func=lambda i: f"{names[i]} · {i[:6]}"
)
search_progress.follow(folder)
search_found.draw(folder)
search_trials.draw(folder)
