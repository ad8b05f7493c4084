"""User and item text where Streamlit reads Markdown."""


def plain(text: str) -> str:
    """The text as it is, never read as Markdown, on one line."""
    for mark in "\\`*_{}[]()#+-.!|~:$<>":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
