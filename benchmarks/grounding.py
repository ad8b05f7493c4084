"""How well messy titles are matched to the catalog: precision and recall by kind, and how fast over 50,000 titles.

`python benchmarks/grounding.py` reads data/grounding.jsonl (see grounding_titles.py) and prints a table for each half;
`--half held-out` prints one, `--no-meaning` leaves embeddings out, `--wrong` lists what went wrong,
`--titles 50000 --lines 200` sets the size of the timing, 0 leaves it out.
"""

import argparse
import json
import random
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from workbench.catalogs import load_catalog
from workbench.grounding import Meanings, match, parse_list
from workbench.paths import default_paths
from workbench.retrieval import Embeddings
from workbench.retrieval.embedder import default_embedder, load_embedder

HERE = Path(__file__).parent
LINES = HERE / "data" / "grounding.jsonl"


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one line. `found` holds the ids that it was matched to: one, several that it may be, or none."""

    kind: str
    written: str
    truth: tuple[str, ...]
    found: tuple[str, ...]
    how: str

    @property
    def right(self) -> bool:
        return set(self.found) == set(self.truth)


@dataclass(frozen=True, slots=True)
class Rates:
    """Over lines that name something: precision, of those matched, and recall. Over the others: how many were."""

    n: int
    precision: float | None
    recall: float | None
    accepted: float | None


def read(half=None):
    lines = [json.loads(line) for line in LINES.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if half in (None, line["half"])]


def evaluate(lines, *, meaning=True, root=HERE.parent / "catalogs"):
    """Each line matched against its whole catalog, all of it candidates."""
    told = []
    for name in dict.fromkeys(line["catalog"] for line in lines):
        catalog = load_catalog(root / name)
        meanings = None
        if meaning:
            meanings = Meanings(_encoder(default_embedder(catalog.facts.language)))
        for line in (line for line in lines if line["catalog"] == name):
            mentions = parse_list(f"1. {line['written']}")
            found = match(mentions, catalog.titles, catalog.titles, released=catalog.released, meanings=meanings)
            ids = tuple(dict.fromkeys(i for m in found for i in ([m.item_id] if m.item_id else m.others)))
            how = ", ".join(m.kind for m in found)
            told.append(Told(line["kind"], line["written"], tuple(line["truth"]), ids, how))
    return told


def _encoder(name):
    """Titles are many and kept on disk, a line is one and is not."""
    paths = default_paths()
    embeddings = Embeddings(lambda: load_embedder(name, paths), paths.cache)
    return lambda texts: embeddings.of(texts) if len(texts) > 1 else embeddings.embedder.encode(texts)


def rates(told):
    named, unnamed = [t for t in told if t.truth], [t for t in told if not t.truth]
    matched = [t for t in told if t.found]
    return Rates(
        len(told),
        sum(t.right for t in matched) / len(matched) if matched else None,
        sum(t.right for t in named) / len(named) if named else None,
        # A line that may be any of several names nothing yet: it is shown as ambiguous, never ranked.
        sum(len(t.found) == 1 for t in unnamed) / len(unnamed) if unnamed else None,
    )


def report(told, title):
    print(f"\n## {title}\n")
    print("| kind | lines | precision | recall | invented accepted |\n|---|---:|---:|---:|---:|")
    kinds = defaultdict(list)
    for line in told:
        kinds[line.kind].append(line)
    for name, part in [*kinds.items(), ("**all**", told)]:
        found = rates(part)
        cells = ["–" if v is None else f"{v:.3f}" for v in (found.precision, found.recall, found.accepted)]
        print(f"| {name} | {found.n} | {' | '.join(cells)} |")


def latency(n, lines):
    """Milliseconds for one line over a catalog of n made-up titles of the shipped words."""
    draw = random.Random(7)
    words = sorted({word for line in read() for word in line["written"].split() if word.isalpha()})
    titles = {f"i{at}": " ".join(draw.choices(words, k=draw.randint(2, 6))) for at in range(n)}
    candidates = dict(list(titles.items())[:100])
    match(parse_list("1. warm up"), candidates, titles)
    spent = []
    for at in draw.sample(range(n), lines):
        text = titles[f"i{at}"]
        cut = draw.randrange(1, len(text) - 1)
        written = draw.choice((text, text.upper(), text[:cut] + text[cut + 1 :], f"{text} of Nowhere"))
        start = time.perf_counter()
        match(parse_list(f"1. {written}"), candidates, titles)
        spent.append(1000 * (time.perf_counter() - start))
    spent.sort()
    return spent[len(spent) // 2], spent[int(0.95 * len(spent))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("dev", "held-out"))
    parser.add_argument("--no-meaning", action="store_true")
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--titles", type=int, default=50_000)
    parser.add_argument("--lines", type=int, default=200)
    asked = parser.parse_args()
    for half in [asked.half] if asked.half else ["dev", "held-out"]:
        told = evaluate(read(half), meaning=not asked.no_meaning)
        report(told, f"Grounding, {half}" + (" without meaning" if asked.no_meaning else ""))
        for line in told if asked.wrong else ():
            if not line.right:
                print(f"- {line.kind}: “{line.written}” is {line.truth}, found {line.found} ({line.how})")
    if asked.titles:
        middle, high = latency(asked.titles, min(asked.lines, asked.titles))
        print(f"\nOne line over {asked.titles:,} titles: p50 {middle:.1f} ms, p95 {high:.1f} ms ({asked.lines} lines)")


if __name__ == "__main__":
    main()
