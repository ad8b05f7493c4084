"""What asking eight cases together gains over asking one after the other, in one run, for likelihoods and for texts.

Run by `make bench-groups`; prints a table, with how many of the lists are the same. In bfloat16 they need not be: what
is read in one pass decides the last bits, and these some places far down a list.
"""

import time
from collections.abc import Sequence

from machine import machine

from workbench.cli.rank import find_template
from workbench.experiments.asking import GROUP, Answer, Wanted, ask_group
from workbench.experiments.framing import read_frame
from workbench.paths import default_paths
from workbench.prompts import parse
from workbench.recommender import Recommender
from workbench.records import Case, Ranking
from workbench.variant import Choice, ModelSpec, Variant
from workbench.workshop import Workshop

CATALOG, TEMPLATES = "movies", ("zero-shot-history", "few-shot", "chat-list", "two-step-taste")
CASES = 16


def main() -> None:
    workshop = Workshop(default_paths())
    catalog = workshop.catalog(CATALOG)
    cases = catalog.cases[:CASES]
    print(f"{CASES} cases of {CATALOG}, 20 candidates. {machine()}")
    print(f"{'template':20} {'numbers':10} {'one by one':>12} {'in eights':>12} {'ratio':>7} {'same lists':>11}")
    for name in TEMPLATES:
        template = find_template(name, workshop)
        method = Choice(name=parse(template).front.method)
        for dtype in ("auto", "float32"):
            model = ModelSpec(dtype=dtype)
            variant = Variant(label="A", template=template, method=method, n_candidates=20, model=model)
            recommender = workshop.recommender(variant, catalog)
            asked(recommender, cases, GROUP)  # loads what is loaded once, and scores what is kept of titles
            alone, alone_seconds = asked(recommender, cases, 1)
            together, seconds = asked(recommender, cases, GROUP)
            same = sum(a == b for a, b in zip(alone, together, strict=True))
            print(
                f"{name:20} {recommender.engine.identity.dtype:10} {alone_seconds / CASES:10.2f} s "
                f"{seconds / CASES:10.2f} s {alone_seconds / seconds:7.2f} {same:>5} of {CASES}",
                flush=True,
            )


def asked(recommender: Recommender, cases: Sequence[Case], size: int) -> tuple[list[tuple[str, ...]], float]:
    """The lists, and the seconds that they took; each group apart, as in an experiment."""
    known = read_frame(recommender, cases[:2], {}, cancel=lambda: False)
    started = time.perf_counter()
    answers: list[Answer] = []
    for at in range(0, len(cases), size):
        wanted = [Wanted(case, "", {}) for case in cases[at : at + size]]
        answers += ask_group(recommender, wanted, known, cancel=lambda: False)
    return [listed(answer) for answer in answers], time.perf_counter() - started


def listed(answer: Answer) -> tuple[str, ...]:
    if not isinstance(answer.found, Ranking):
        raise answer.found
    return tuple(answer.found.item_ids)


if __name__ == "__main__":
    main()
