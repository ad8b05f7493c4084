"""What each source of candidates finds: recall@20 on the cases of every shipped catalog, by segment.

Run by `make bench`. The default source is chosen on this table, and with `--embedder NAME` the default embedder.
"""

import argparse
from collections import defaultdict
from statistics import mean

from workbench.paths import default_paths
from workbench.retrieval import retrieve
from workbench.variant import Choice
from workbench.workshop import Workshop

N = 20
SOURCES = ("popularity", "bm25", "dense", "hybrid")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embedder", default="", help="instead of that of the catalog's language")
    embedder = parser.parse_args().embedder
    workshop = Workshop(default_paths())
    means: dict[str, list[float]] = defaultdict(list)
    print(f"{'recall@20':<12}{'cases':>6}" + "".join(f"{source:>12}" for source in SOURCES))
    for name in workshop.catalog_folders():
        recalls = {source: recall(workshop, name, source, embedder) for source in SOURCES}
        for source, found in recalls.items():
            means[source].append(mean(found))
        cells = "".join(f"{mean(recalls[source]):>12.3f}" for source in SOURCES)
        print(f"{name:<12}{len(recalls['bm25']):>6}{cells}")
    print(f"{'mean':<18}" + "".join(f"{mean(means[source]):>12.3f}" for source in SOURCES))


def recall(workshop: Workshop, name: str, source: str, embedder: str) -> list[float]:
    """Of each case with truth, the share of its relevant items among the first N candidates."""
    catalog, qrels = workshop.catalog(name), workshop.qrels(name)
    embeddings = workshop.embeddings(embedder, catalog.facts.language)
    found = []
    for case in catalog.cases:
        relevant = {item_id for item_id, grade in qrels.get(case.id, {}).items() if grade > 0}
        if relevant:
            retrieved = retrieve(Choice(name=source), catalog, case, n=N, embeddings=embeddings)
            found.append(len(relevant & {c.item_id for c in retrieved.candidates}) / len(relevant))
    return found


if __name__ == "__main__":
    main()
