"""What multilingual models gain on the Chinese catalog over English ones: embedders, and language models where pulled.

`python benchmarks/languages.py` prints, over the catalog's cases with a known answer, nDCG@10 and recall@20 of dense
retrieval by each embedder and of the ranking by each language model over the same 20 candidates, the gain with a
95 % interval (paired bootstrap over cases, seeded), and how well each model knows each language. `--cases 5` is the
short form.
"""

import argparse
import random
from pathlib import Path

from workbench.catalogs import load_catalog, load_qrels
from workbench.engine.embedded import EMBEDDED, is_present
from workbench.engine.knowing import surprise
from workbench.engine.licensed import LICENSED
from workbench.engine.loading import load_engine
from workbench.evaluation.measures import measures
from workbench.languages import SENTENCES
from workbench.paths import default_paths
from workbench.prompts import read_template
from workbench.recommender import build
from workbench.retrieval import Embeddings, retrieve
from workbench.retrieval.embedder import ENGLISH, MULTILINGUAL, load_embedder
from workbench.variant import Choice, ModelSpec, Variant

ROOT = Path(__file__).parent.parent
CATALOG, TEMPLATE = "shop-zh", "chinese-zero-shot"
RESAMPLES = 2000


def interval(values):
    """Mean, and the 2.5th and 97.5th percentile of the mean over resampled cases."""
    draw = random.Random(0)
    means = sorted(sum(draw.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES))
    return sum(values) / len(values), means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES)]


def row(name, scores, base=None):
    cells = []
    for measure in ("nDCG@10", "recall@20"):
        values = [score[measure] for score in scores if measure in score]
        if not values:
            cells.append("–")
            continue
        mean, low, high = interval(values)
        text = f"{mean:.3f} [{low:.3f}, {high:.3f}]"
        if base:
            gains = [a[measure] - b[measure] for a, b in zip(scores, base, strict=True)]
            gain, low, high = interval(gains)
            text += f", gain {gain:+.3f} [{low:+.3f}, {high:+.3f}]"
        cells.append(text)
    print(f"| {name} | {len(scores)} | {' | '.join(cells)} |", flush=True)


def heading(title):
    print(f"\n## {title}\n\n| | cases | nDCG@10 | recall@20 |\n|---|---:|---|---|")


def retrieved(catalog, cases, qrels, name, paths):
    embeddings = Embeddings(lambda: load_embedder(name, paths), paths.cache)
    scores = []
    for case in cases:
        found = retrieve(Choice(name="dense"), catalog, case, n=20, embeddings=embeddings).candidates
        ids, relevant = [c.item_id for c in found], [i for i, grade in qrels[case.id].items() if grade > 0]
        ndcg = measures(ids, qrels[case.id])["nDCG@10"]
        scores.append({"nDCG@10": ndcg, "recall@20": sum(i in ids for i in relevant) / len(relevant)})
    return scores


def ranked(catalog, cases, qrels, engine, spec, embeddings):
    variant = Variant(template=read_template(TEMPLATE, [ROOT / "templates"]), model=spec, n_candidates=20)
    recommender = build(variant, catalog, engine, embeddings)
    return [{"nDCG@10": measures(recommender.recommend(case).item_ids, qrels[case.id])["nDCG@10"]} for case in cases]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000)
    asked = parser.parse_args()
    paths = default_paths()
    catalog = load_catalog(ROOT / "catalogs" / CATALOG)
    qrels = load_qrels(catalog.folder, catalog)
    cases = [c for c in catalog.cases if any(g > 0 for g in qrels.get(c.id, {}).values())]
    # A case that brings its own candidates says nothing of an embedder.
    free = [case for case in cases if not case.candidates][: asked.cases]
    heading(f"Embedders: dense retrieval over {CATALOG}")
    english = retrieved(catalog, free, qrels, ENGLISH, paths)
    row(f"{ENGLISH} (English)", english)
    row(f"{MULTILINGUAL} (16 languages)", retrieved(catalog, free, qrels, MULTILINGUAL, paths), english)

    names = [n for n, m in EMBEDDED.items() if m.kind == "language model"]
    names += [name for name in LICENSED if is_present(name, paths)]
    engines = {name: load_engine(ModelSpec(id=name), paths) for name in names}
    embeddings = Embeddings(lambda: load_embedder(MULTILINGUAL, paths), paths.cache)
    heading(f"Language models: the calibrated likelihood over 20 hybrid candidates of {CATALOG}, template {TEMPLATE}")
    base = None
    for name, engine in engines.items():
        scores = ranked(catalog, cases[: asked.cases], qrels, engine, ModelSpec(id=name), embeddings)
        row(name, scores, base)
        base = base or scores
    missing = [name for name in LICENSED if name not in engines]
    if missing:
        print(f"\nNot on this computer, and so not shown: {', '.join(missing)} (workbench models pull NAME)")

    print("\n## How well each model knows each language\n")
    print("Nats for one thing said in each language, and how many times English that is.\n")
    print(f"| | {' | '.join(SENTENCES)} |\n|---|{'---:|' * len(SENTENCES)}")
    for name, engine in engines.items():
        known = [surprise(engine, language, {}) for language in SENTENCES]
        print(f"| {name} | {' | '.join(f'{k.cost:.0f} ({k.ratio:.1f})' for k in known)} |")


if __name__ == "__main__":
    main()
