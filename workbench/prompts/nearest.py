"""The name that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str:
    """The fix for a name that isn't known: the nearest one, else all of them; empty when none is known."""
    names = list(known)
    if near := get_close_matches(name, names, n=1):
        return f"did you mean `{near[0]}`?"
    return f"known: {', '.join(names)}" if names else ""
