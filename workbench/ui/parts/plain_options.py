"""Widgets for the options of one call: what they say is taken when the call is made, and kept nowhere."""

from typing import Any

import streamlit as st

from workbench.options import Option


def option_widget(option: Option, key: str) -> Any:
    """What is chosen, of the option's type."""
    if option.choices:
        return st.selectbox(option.label, option.choices, key=key, help=option.help)
    if option.kind is bool:
        return st.toggle(option.label, value=bool(option.default), key=key, help=option.help)
    if option.kind is list:
        text = st.text_input(option.label, key=key, help=f"{option.help} Parted by commas.")
        return [part.strip() for part in text.split(",") if part.strip()]
    if option.kind in (int, float):
        low = None if option.minimum is None else option.kind(option.minimum)
        return st.number_input(option.label, value=option.default, min_value=low, key=key, help=option.help)
    if option.name.endswith("query"):
        return st.text_area(option.label, value=str(option.default), key=key, help=option.help)
    secret = "password" if option.name == "url" else "default"
    return st.text_input(option.label, value=str(option.default), key=key, help=option.help, type=secret)
