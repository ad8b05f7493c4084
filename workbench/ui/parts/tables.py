"""Tables as files, and text of users inside of Markdown."""

import io
import re
from collections.abc import Callable

import pandas as pd
import streamlit as st


def downloads(made: Callable[[], pd.DataFrame], name: str, *, key: str) -> None:
    """Buttons for CSV and Parquet. The table is made when one is pressed, and not for every redraw of the page."""
    for kind, mime, write in (("CSV", "text/csv", _csv), ("Parquet", "application/octet-stream", _parquet)):
        st.download_button(
            kind,
            lambda write=write: write(made()),
            file_name=f"{name}.{kind.lower()}",
            mime=mime,
            key=f"{key}.{kind.lower()}",
            icon=":material/download:",
            on_click="ignore",
        )


def plain(text: str) -> str:
    """The text as Markdown shows it letter by letter: labels and errors are the user's own words."""
    return re.sub(r"([\\`*_{}\[\]()<>#$~|:])", r"\\\1", text)


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def _parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out, index=False)
    return out.getvalue()
