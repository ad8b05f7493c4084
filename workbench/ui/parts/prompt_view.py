"""The rendered prompt: its text with what came from where, and how many tokens each part takes."""

from collections import Counter
from html import escape

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.preview import Preview
from workbench.prompts.parts import OWN_TEXT
from workbench.records import Prompt

# Translucent, so that they sit well on a light and on a dark page.
COLOURS = {
    "user": "rgba(214, 158, 46, 0.30)",
    "history": "rgba(66, 133, 244, 0.28)",
    "exemplar": "rgba(156, 94, 214, 0.28)",
    "candidate": "rgba(52, 168, 108, 0.30)",
    OWN_TEXT: "rgba(128, 140, 138, 0.25)",
}
NAMES = {
    "user": "description",
    "history": "history",
    "exemplar": "exemplars",
    "candidate": "candidates",
    OWN_TEXT: "template",
}


def draw(preview: Preview, catalog: Catalog, *, key: str, height: int) -> None:
    """Token count against the window, a bar of the parts, the text, and the tokens of each input on demand."""
    by_kind: Counter[str] = Counter()
    for part in preview.parts:
        by_kind[part.kind] += part.tokens
    share = preview.tokens / preview.window
    over = f" — {preview.tokens - preview.window:,} too many" if share > 1 else ""
    which = f"step “{preview.step}”, " if preview.step else ""
    exact = f"**{preview.tokens:,}** of {preview.window:,} tokens ({share:.1%}){over}"
    guess = f"about **{preview.tokens:,}** tokens, estimated: the server's tokenizer is not at hand"
    st.caption(f"Prompt: {which}{guess if preview.estimated else exact}")
    st.html(_bar(by_kind, preview.tokens))
    with st.container(height=height, border=True, key=f"{key}.prompt"):
        st.html(_marked(preview.prompt))
    with st.expander("Tokens of each part", type="compact"):
        rows = [
            {"part": NAMES[p.kind], "what": _title(catalog, p.kind, p.ref), "tokens": p.tokens} for p in preview.parts
        ]
        st.dataframe(
            rows, hide_index=True, height="content", key=f"{key}.parts", alt="Tokens of each part of the prompt"
        )


def _bar(by_kind: Counter[str], total: int) -> str:
    shown = [(kind, by_kind[kind]) for kind in COLOURS if by_kind[kind]]
    cells = "".join(
        f'<div style="width:{100 * n / max(1, total):.2f}%;background:{COLOURS[kind]};height:10px"></div>'
        for kind, n in shown
    )
    legend = " &nbsp; ".join(
        f'<span style="background:{COLOURS[kind]};border-radius:3px;padding:0 4px">{NAMES[kind]} {n}</span>'
        for kind, n in shown
    )
    bar = f'<div style="display:flex;border-radius:4px;overflow:hidden">{cells}</div>'
    return f'{bar}<div style="font-size:0.8rem;margin-top:4px;line-height:1.7">{legend}</div>'


def _marked(prompt: Prompt) -> str:
    pieces, at = [], 0
    for span in prompt.spans:
        pieces.append(escape(prompt.text[at : span.start]))
        inside = escape(prompt.text[span.start : span.end])
        style = f"background:{COLOURS[span.kind]};border-radius:3px;color:inherit"
        pieces.append(f'<mark style="{style}" title="{NAMES[span.kind]}: {escape(span.ref)}">{inside}</mark>')
        at = span.end
    pieces.append(escape(prompt.text[at:]))
    style = "white-space:pre-wrap;overflow-wrap:anywhere;font-size:12.5px;line-height:1.5;margin:0"
    return f'<pre style="{style}">{"".join(pieces)}</pre>'


def _title(catalog: Catalog, kind: str, ref: str) -> str:
    return catalog.titles.get(ref, ref) if kind in ("history", "candidate") else ref
