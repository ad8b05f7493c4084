"""A case typed in by hand: free text, and a history with one title or id a line."""

import re
import unicodedata

from workbench.catalogs.catalog import Catalog, nearest
from workbench.errors import Problem
from workbench.records import Case

TYPED = "typed"


def typed_case(catalog: Catalog, description: str, history_text: str) -> tuple[Case, list[Problem]]:
    """The case, and a problem for each line that names no item of the catalog; such lines are left out."""
    by_title: dict[str, list[str]] = {}
    for item in catalog.items:
        by_title.setdefault(plain(item.title), []).append(item.id)
    history: list[str] = []
    problems: list[Problem] = []
    for line, text in enumerate(history_text.splitlines(), start=1):
        wanted = text.strip()
        if not wanted:
            continue
        found = [wanted] if wanted in catalog.titles else by_title.get(plain(wanted), [])
        if len(found) == 1:
            history.append(found[0])
        elif found:
            fix = f"write the id: {', '.join(found)}"
            problems.append(Problem(f"{wanted!r} names {len(found)} items", "history", fix, line=line))
        else:
            near = nearest(plain(wanted), list(by_title))
            problems.append(Problem(f"no {catalog.facts.noun} {wanted!r} in this catalog", "history", near, line=line))
    # The last mention counts: an item taken again is recent.
    unique = tuple(reversed(list(dict.fromkeys(reversed(history)))))
    return Case(id=TYPED, description=" ".join(description.split()), history=unique, segment="typed by hand"), problems


def plain(title: str) -> str:
    """A title for comparison: compatibility forms folded, lower case, words only."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return " ".join(re.findall(r"\w+", folded))
