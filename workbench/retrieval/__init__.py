"""Candidates: which items of the catalog may be ranked."""

import time
from collections.abc import Sequence
from dataclasses import replace

from workbench.catalogs.catalog import Catalog
from workbench.options import build_from
from workbench.records import Case, Retrieved
from workbench.retrieval.dense import Dense
from workbench.retrieval.diversity import POOL, diversified
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.hybrid import Hybrid
from workbench.retrieval.lexical import Bm25
from workbench.retrieval.order import query_text
from workbench.retrieval.protocol import Retriever, Scorer
from workbench.retrieval.related import Related
from workbench.retrieval.rules import leave_out, read_rules
from workbench.retrieval.sequence import Following
from workbench.retrieval.simple import Given, Popularity, Random
from workbench.retrieval.states import States
from workbench.retrieval.walk import CoOccurrence, Walk
from workbench.variant import Choice

RETRIEVERS: dict[str, type[Retriever]] = {
    "dense": Dense,
    "bm25": Bm25,
    "hybrid": Hybrid,
    "popularity": Popularity,
    "cooccurrence": CoOccurrence,
    "walk": Walk,
    "sequence": Following,
    "states": States,
    "related": Related,
    "random": Random,
    "given": Given,
}
BY_TEXT = frozenset({"dense", "bm25", "hybrid", "states"})
"""Sources that look for a text, and so for what a template's `{% query %}` block says."""
SCORERS: dict[str, Scorer] = {
    "states": States(),
    "dense": Dense(history="soft", recent=50, fade=0.9, centred=True),
    "bm25": Bm25(),
    "popularity": Popularity(),
    "cooccurrence": CoOccurrence(),
    "walk": Walk(),
    "sequence": Following(),
}
"""The sources that a fusion can add. Soft pooling tells candidates of one kind apart better than the mean does,
what was taken last says most, and what all items of a catalog share tells none apart."""


def retrieve(
    choice: Choice,
    catalog: Catalog,
    case: Case,
    *,
    n: int,
    embeddings: Embeddings,
    rules: Sequence[str] = (),
    diversity: float = 0.0,
    query: str = "",
) -> Retrieved:
    """Candidates by the chosen source, without the history and what the rules take away; with a diversity over 0 the
    n that differ most among several times as many. A `query` stands for description and history in the sources that go
    by text. Raises VariantError and ModelError."""
    started = time.perf_counter()
    retriever = build_from(RETRIEVERS, choice.name, choice.options, where="candidate source")
    history = frozenset(case.history)
    exclude, gone = leave_out(read_rules(rules, catalog, history=case.history), catalog, history)
    drawn = POOL * n if diversity else n
    by_text = choice.name in BY_TEXT
    asked = replace(case, description=query, history=()) if query and by_text else case
    found = retriever.retrieve(catalog, asked, n=drawn, exclude=exclude, embeddings=embeddings)
    if diversity:
        found = diversified(found, catalog, n=n, weight=diversity, embeddings=embeddings)
    return Retrieved(
        candidates=tuple(found),
        removed={"of the history": len(history), **{f"by {rule}": n for rule, n in gone.items()}},
        query=query_text(catalog, asked, recent=10) if by_text else "",
        seconds=time.perf_counter() - started,
    )


__all__ = ["RETRIEVERS", "SCORERS", "Embeddings", "Retriever", "Scorer", "retrieve"]
