"""How an answer follows a prompt: whether a space stands between them."""

import unicodedata

_OPENING = frozenset("“‘«‹([{《「『（【")
_STRAIGHT = frozenset("\"'")


def joined(prompt: str, answer: str) -> str:
    """The continuation that writes `answer` after `prompt`.

    No space after white space, an opening quote or bracket, or where the script has none (Chinese, Japanese).
    """
    if not prompt or not answer:
        return answer
    last = prompt[-1]
    if last.isspace() or last in _OPENING or _is_wide(last) or _opens(prompt):
        return answer
    return f" {answer}"


def _opens(prompt: str) -> bool:
    """Whether a straight quote at the end opens: what it stands after tells."""
    before = prompt[-2:-1]
    return prompt[-1] in _STRAIGHT and (not before or before.isspace() or before in _OPENING or before in ":=")


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")
