"""Models: which are on this computer, in which languages, under which terms, and how others are fetched or used."""

from functools import partial
from typing import Any

import streamlit as st

from workbench.engine.embedded import EMBEDDED, is_present
from workbench.engine.licensed import LICENSED, LicensedModel
from workbench.engine.pulling import hub_models, pull_model
from workbench.errors import Cancelled
from workbench.ui.bootstrap import shared, tasks
from workbench.ui.callbacks import whole
from workbench.ui.parts import number_types, task_view
from workbench.variant import ModelSpec

paths = shared().paths
types: dict[str, Any] = {}


def task_name(name: str) -> str:
    return f"Fetching {name}"


@whole
def fetch(name: str, accepted: bool = False) -> None:
    def work(on_progress: Any, cancel: Any) -> str:
        def say(text: str) -> None:
            if cancel():  # looked at between two files: one that is on its way comes to its end
                raise Cancelled
            on_progress(text, 0.0)

        return str(pull_model(name, paths, accepted=accepted, say=say))

    tasks("model").start(task_name(name), work)


def card(name: str, kind: str, note: str, languages: str, licence: str, size_mb: int) -> None:
    """What a model is, and whether it is here or can be fetched."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{name}** · {kind}  \n{note}", width="stretch")
        if is_present(name, paths):
            st.badge("on this computer", icon=":material/check:", color="green")
    st.caption(f"Languages: {languages}  \nLicence: {licence} · {size_mb} MB")


def number_type(name: str) -> None:
    """A place for it: it is drawn last."""
    types[name] = st.container()


def progress(name: str) -> bool:
    """How its fetching goes or went; whether it goes on."""
    task = tasks("model").find(task_name(name))
    if task is None:
        return False
    if task.running:
        task_view.follow(task, f"models.task.{name}")
        return True
    task_view.told(tasks("model"), task, f"models.task.{name}", stopped="")
    return False


def embedded(name: str) -> None:
    model = EMBEDDED[name]
    with st.container(border=True):
        card(name, model.kind, model.note, model.languages, model.licence, model.size_mb)
        if not progress(name) and not is_present(name, paths):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button("Fetch", key=f"models.pull.{name}", icon=":material/download:", on_click=fetch, args=(name,))
                st.caption(f"or `workbench models pull {name}`")
        if model.kind == "language model" and is_present(name, paths):
            number_type(name)


def licensed(model: LicensedModel) -> None:
    with st.container(border=True):
        card(model.name, "language model", model.note, model.languages, model.licence, model.size_mb)
        if progress(model.name):
            return
        if is_present(model.name, paths):
            st.caption(f"Its terms lie beside it, in {paths.models / model.name}. Choose it under *Model* on Compare.")
            number_type(model.name)
            return
        accepted = st.checkbox(
            f"I have read the [{model.licence}](https://{model.terms_address}) and accept them. It is not open source.",
            key=f"models.accept.{model.name}",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Fetch",
                key=f"models.pull.{model.name}",
                icon=":material/download:",
                disabled=not accepted,
                on_click=partial(fetch, model.name, accepted=True),
            )
            st.caption(f"or `workbench models pull {model.name} --accept-licence`")


def from_hub() -> None:
    for name, megabytes in hub_models().items():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{name}** · language model  \n{megabytes:,} MB of weights", width="stretch")
            st.badge("on this computer", icon=":material/check:", color="green")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Hugging Face id",
            key="models.hub",
            placeholder="Qwen/Qwen2.5-0.5B-Instruct",
            help="29 languages and Apache-2.0, in this example. Look at a model's own licence before you fetch it",
            width=420,
        ).strip()
        st.button(
            "Fetch",
            key="models.pull.hub",
            icon=":material/download:",
            disabled="/" not in name,
            on_click=fetch,
            args=(name,),
        )
    if name:
        progress(name)


st.header("Models")
st.markdown(
    "Every model is **frozen**: it is read, never trained, and the SHA-256 of its weights is kept with each result. "
    "The small ones below come with the workbench and need no network once they are here."
)
for known in EMBEDDED:
    embedded(known)
st.subheader("Under terms of its own")
for one in LICENSED.values():
    licensed(one)
st.subheader("Any other causal language model")
st.markdown(
    "Fetch one from the Hugging Face hub here, or on the Compare page, under **Model**, type its id or the path of a "
    "local folder with `config.json`, a fast tokenizer and `*.safetensors`. CUDA is used where there is one, then MPS, "
    "then the CPU; the commit of the hub repository is recorded, and code in it is never run."
)
from_hub()
st.subheader("A model on a server")
st.markdown(
    "Larger models can stay where they are: type `http://HOST:PORT/v1#MODEL`, the address of an OpenAI-compatible "
    "server (vLLM, llama.cpp's, `transformers serve` …). Its probabilities are **tested before they are believed**; "
    "methods that write text work with any. Its weights can't be verified, and unless it runs on this machine, "
    "**prompts leave this machine**. A key is read from the environment only; under **Model** you find its name there."
)
# Last, since torch may have to be loaded first: the rest of the page is there by then.
for name, place in types.items():
    with place:
        number_types.draw_choice(ModelSpec(id=name))
        number_types.draw_cost(ModelSpec(id=name), f"models.cost.{name}")
