"""Widgets made from the fields of an options dataclass."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from workbench.options import Option, options_of
from workbench.prompts.parameters import Parameter, options_among
from workbench.ui import state
from workbench.ui.callbacks import whole
from workbench.ui.following import following
from workbench.variant import Choice, Variant


def choice_widgets(label: str, part: str, title: str, table: dict[str, type], choice: Choice) -> None:
    """A picker for the name and a widget for each of its options; every change goes into the draft at once."""
    names = list(table)
    value = choice.name if choice.name in names else names[0]
    key, changed = following(
        f"{label}.{part}.name", value, lambda name: state.set_choice(label, part, Choice(name=name))
    )
    st.selectbox(
        title,
        names,
        names.index(value),
        key=key,
        format_func=lambda name: name.replace("_", " "),
        on_change=changed,
    )
    kind = table.get(choice.name)
    if kind is None:
        return
    if summary := getattr(kind, "summary", ""):
        st.caption(summary)
    for option in options_of(kind):
        if option.kind is not list:
            _widget(label, part, choice, option)


def parameter_widgets(variant: Variant, declared: Mapping[str, Parameter]) -> None:
    """A widget for each parameter that the template declares, and a way out for values of those that it does not."""
    for option in options_among(declared):
        value = _fitting(option, variant.parameters.get(option.name, option.default))
        take = partial(_take, variant.label, option)
        _draw(option, value, *following(f"{variant.label}.params.{option.name}", value, take))
    for name in variant.parameters:
        if name not in declared:
            st.button(
                f"Forget {name} = {variant.parameters[name]}",
                key=f"{variant.label}.params.{name}.forget",
                icon=":material/close:",
                on_click=whole(state.set_parameter),
                args=(variant.label, name, None),
            )


def _take(label: str, option: Option, said: Any) -> None:
    state.set_parameter(label, option.name, None if said == option.default else said)


def _widget(label: str, part: str, choice: Choice, option: Option) -> None:
    value = _fitting(option, choice.options.get(option.name, option.default))

    def take(said: Any) -> None:
        current: Choice = getattr(state.variant(label), part)
        if current.name == choice.name:
            state.set_choice(label, part, Choice(name=choice.name, options={**current.options, option.name: said}))

    _draw(option, value, *following(f"{label}.{part}.{choice.name}.{option.name}", value, take))


def _fitting(option: Option, value: Any) -> Any:
    """The value, or the default where the draft holds one that the widget would refuse."""
    if option.choices and value not in option.choices:
        return option.default
    if option.kind in (int, float):
        low, high = (value if bound is None else bound for bound in (option.minimum, option.maximum))
        return option.kind(value) if isinstance(value, int | float) and low <= value <= high else option.default
    return value if isinstance(value, option.kind) else option.default


def _draw(option: Option, value: Any, key: str, changed: Callable[[], None]) -> None:
    if option.choices:
        at = option.choices.index(value)
        st.selectbox(option.label, option.choices, at, key=key, help=option.help, on_change=changed)
    elif option.kind is bool:
        st.toggle(option.label, value, key=key, help=option.help, on_change=changed)
    elif option.kind in (int, float):
        whole = option.kind is int
        st.number_input(
            option.label,
            value=value,
            key=key,
            help=option.help,
            on_change=changed,
            min_value=None if option.minimum is None else option.kind(option.minimum),
            max_value=None if option.maximum is None else option.kind(option.maximum),
            step=option.kind(option.step or (1 if whole else 0.1)),
        )
    else:
        st.text_input(option.label, value, key=key, help=option.help, on_change=changed)
