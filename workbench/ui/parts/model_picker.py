"""Which frozen language model ranks."""

from functools import partial
from typing import Any

import streamlit as st

from workbench.engine.embedded import EMBEDDED
from workbench.engine.licensed import LICENSED
from workbench.engine.pulling import language_models_at_hand
from workbench.engine.remote_address import is_remote, parse_address
from workbench.errors import ModelError
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.ui.following import following
from workbench.ui.parts import number_types
from workbench.variant import ModelSpec, Variant

DTYPES = ("auto", "float32", "bfloat16", "float16")
DEVICES = ("auto", "cpu", "cuda", "mps")


def draw(variant: Variant) -> None:
    spec = variant.model
    short = spec.id.rstrip("/").split("#")[-1].split("/")[-1]
    with st.popover(f"Model: {short}", icon=":material/memory:"):
        known = language_models_at_hand(shared().paths)
        ids = list(dict.fromkeys([*known, spec.id]))
        st.selectbox(
            "Language model",
            ids,
            ids.index(spec.id),
            **_field(variant, "id", spec.id),
            accept_new_options=True,
            help="A model on this computer, a Hugging Face id (fetched once, then used offline), a local folder, or a "
            "model on an OpenAI-compatible server: `http://HOST:PORT/v1#MODEL`. No weight is ever updated, and no code "
            "of the model's repository is run.",
        )
        if is_remote(spec.id):
            _server(variant)
            return
        if spec.id not in EMBEDDED and spec.id not in LICENSED:
            st.text_input(
                "Revision",
                spec.revision or "",
                **_field(variant, "revision", spec.revision or ""),
                help="A branch, tag or commit of the hub repository; the commit used is recorded with every result.",
            )
        st.selectbox(
            "Number type",
            DTYPES,
            DTYPES.index(spec.dtype),
            **_field(variant, "dtype", spec.dtype),
            help="auto: bfloat16 where the processor has it natively, else float32.",
        )
        st.selectbox(
            "Device",
            DEVICES,
            DEVICES.index(spec.device),
            **_field(variant, "device", spec.device),
            help="auto: CUDA, then MPS, then CPU.",
        )
        number_types.draw_cost(spec, f"{variant.label}.model.cost")
        model = EMBEDDED.get(spec.id) or LICENSED.get(spec.id)
        if model:
            st.caption(f"{model.note}. Languages: {model.languages}. Licence {model.licence}, {model.size_mb} MB.")
        st.caption("More can be fetched on the page Models.")


def _server(variant: Variant) -> None:
    """Where prompts go, what nobody can verify, and a button that tries what the server can do."""
    try:
        address = parse_address(variant.model.id)
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.caption(
        f"The server has its own number type and device. Its weights can't be verified. Should it ask for a "
        f"key, set `{address.key_name}` in the environment of the workbench."
    )
    if not st.button("Try the server", key=f"{variant.label}.model.try", icon=":material/network_check:"):
        return
    try:
        with st.spinner(f"Asking {address.host} …"):
            found = shared().workshop.abilities(variant.model)
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
        return
    for ability in found:
        said = f"**{ability.name}**: {ability.problem or ability.said}"
        st.markdown(f":material/{'close' if ability.problem else 'check'}: {said}")


def draw_notice(variant: Variant) -> None:
    """Says so, always in sight, where prompts leave this machine."""
    if is_remote(variant.model.id):
        try:
            address = parse_address(variant.model.id)
        except ModelError:
            return
        if not address.is_loopback:
            st.warning(
                f"Prompts, with descriptions, histories and item texts, leave this machine: they are sent to "
                f"{address.host}, already while you edit, where it counts their tokens.",
                icon=":material/cloud_upload:",
            )


def _field(variant: Variant, name: str, value: str) -> dict[str, Any]:
    """The key and callback of the widget that shows one field of the model."""
    key, changed = following(f"{variant.label}.model.{name}", value, partial(_take, variant, name))
    return {"key": key, "on_change": changed}


def _take(variant: Variant, name: str, said: str | None) -> None:
    value = (said or "").strip()
    content = {**variant.model.model_dump(), name: value or ModelSpec.model_fields[name].default}
    if is_remote(str(content["id"])):
        content = {"id": content["id"]}  # the rest is the server's own
    state.edit_variant(variant.label, lambda v: v.model_copy(update={"model": ModelSpec.model_validate(content)}))
