"""Models: which are on this computer, and how a larger one is used."""

import streamlit as st

from workbench.engine.embedded import EMBEDDED, is_present, pull
from workbench.errors import ModelError
from workbench.ui.bootstrap import shared
from workbench.ui.parts import number_types
from workbench.variant import ModelSpec

st.header("Models")
st.markdown(
    "Every model is **frozen**: it is read, never trained, and the SHA-256 of its weights is kept with each result. "
    "The small ones below come with the workbench and need no network once they are here."
)
paths = shared().paths
types = {}
for name, model in EMBEDDED.items():
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{name}** · {model.kind}  \n{model.note}. Licence {model.licence}, {model.size_mb} MB.", width="stretch"
        )
        if is_present(name, paths):
            st.badge("on this computer", icon=":material/check:", color="green")
        elif st.button("Fetch", key=f"models.pull.{name}", icon=":material/download:"):
            try:
                with st.spinner(f"Fetching {name} …"):
                    pull(name, paths)
            except ModelError as error:
                st.error(str(error), icon=":material/error:")
            else:
                st.rerun()
    if model.kind == "language model" and is_present(name, paths):
        types[name] = st.container()
st.subheader("Any other causal language model")
st.markdown(
    "On the Compare page, under **Model**, type a Hugging Face id (`Qwen/Qwen2.5-0.5B-Instruct`) or the path of a "
    "local folder with `config.json`, a fast tokenizer and `*.safetensors`. CUDA is used where there is one, then MPS, "
    "then the CPU; the commit of the hub repository is recorded, and code in it is never run."
)
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
