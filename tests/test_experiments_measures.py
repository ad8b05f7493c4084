"""What an experiment measures beside the ranking: order, labels, costs, and its columns."""

import json
from math import log

import fruit_experiments
import pytest
from fruit_experiments import CONFIG, SUM, begun
from pages import TEXT

from workbench.evaluation.agreement import STEADINESS
from workbench.evaluation.leaderboard import as_table, columns_of, results_table, slices
from workbench.experiments.reading import read_board, read_scores
from workbench.experiments.running import run_experiment

LISTED = TEXT.replace("Next:", "{% for c in candidates %} {{ c.title }}{% endfor %}. Next:")
LABELS = """---
method: pointwise
task: labels
labels: [like, dislike]
grades: {like: 1, dislike: 0}
---
{{ user.description }} {{ candidate.title }}:"""


home, workshop = fruit_experiments.home, fruit_experiments.workshop


def ran(home, workshop, **changes):
    experiment = run_experiment(workshop.store, workshop, begun(home, workshop, **{"controls": False, **changes}))
    assert experiment.n_failed == 0
    scores = read_scores(workshop.store, experiment)
    return scores, read_board(workshop.store, workshop, experiment, scores)


def only(text, home, **settings):
    (home / "one.j2").write_text(text)
    return {"variants": {"A": {"template": "one.j2", "retriever": "popularity", **settings}}}


def test_shuffled_repeats_change_the_order_of_the_prompt_and_nothing_else(home, workshop):
    scores, board = ran(home, workshop, **only(LISTED, home, method=SUM), repeats=3, shuffle=True)
    prompts = list(dict.fromkeys(workshop.scripted.asked))
    assert len(prompts) > 6
    of_one_case = [prompt.replace(".", "").split() for prompt in prompts if "number 0" in prompt]
    assert len(of_one_case) == 3
    assert len({tuple(sorted(words)) for words in of_one_case}) == 1
    # The scripted model goes by the title alone: whatever the order, the answer is the same.
    row = board.row("A")
    assert [row.means[name] for name in STEADINESS] == pytest.approx([1] * 3)
    rankings = [workshop.store.ranking_of(r.key) for r in scores.results[0] if r.case_at == 2]
    assert [c.item_id for c in rankings[0].candidates] == [c.item_id for c in rankings[1].candidates]
    assert len({r.variant_digest for r in rankings}) == 1


def test_repeats_without_shuffle_ask_with_another_seed_each(home, workshop):
    scores, _ = ran(home, workshop, repeats=2)
    rankings = [workshop.store.ranking_of(r.key) for r in scores.results[0] if r.case_at == 0]
    assert len({r.variant_digest for r in rankings}) == 2
    assert {(r.entry, r.repeat) for results in scores.results.values() for r in results} == {
        *((entry, repeat) for entry in (0, 1) for repeat in (0, 1)),
        *((entry, 0) for entry in (2, 3, 4, 5)),
    }


def test_where_the_right_one_stood_in_the_prompt_is_measured(home, workshop):
    scores, board = ran(home, workshop, **only(LISTED, home, method=SUM), repeats=4, shuffle=True, cutoffs=[1, 3])
    quarters = [name for name in board.row("A").means if name.endswith("quarter")]
    assert len(quarters) > 1
    assert board.row("A").means["position gap"] >= 0
    # Cherry comes first wherever it stands; Date, right for m0 to m3, is never first where Cherry is a candidate.
    assert all(r.numbers[q] in (0.0, 0.5, 1.0) for r in scores.results[0] for q in quarters if q in r.numbers)


def test_a_template_that_lists_no_candidates_has_no_places(home, workshop):
    _, board = ran(home, workshop)
    assert not [name for name in board.row("A").means if "quarter" in name]


def test_labels_are_columns_and_have_a_report_for_each_class(home, workshop):
    (home / "two.j2").write_text(LABELS)
    variants = {**CONFIG["variants"], "B": {"template": "two.j2", "retriever": "popularity"}}
    scores, board = ran(home, workshop, variants=variants)
    row = board.row("B")
    # The model finds both labels alike, and then tells the first, "like": one of four candidates is liked on m0 to m3,
    # two of four on k1.
    assert row.means["cross-entropy"] == pytest.approx(log(2))
    assert row.means["squared error"] == pytest.approx(0.25)
    assert row.means["accuracy"] == pytest.approx((4 * 1 / 4 + 2 / 4) / 5)
    assert [(c.label, c.precision, c.recall, c.support) for c in row.classes] == [
        ("like", pytest.approx(6 / 20), 1.0, 6),
        ("dislike", None, 0.0, 14),
    ]
    assert board.row("A").classes == ()
    assert not [name for name in columns_of(board) if name.startswith("label ")]
    by_error = read_board(
        workshop.store, workshop, workshop.store.experiments()[0], scores, measure="cross-entropy", baseline="B"
    )
    assert by_error.row("B").measure.mean == pytest.approx(log(2))


def test_every_number_is_a_column_and_every_result_a_row(home, workshop):
    scores, board = ran(home, workshop)
    asked = ("ceiling", "RR", "AP", "P@3", "R@3", "HR@3", "nDCG@1", "novelty@3", "popular@3", "lift@3", "diversity@3")
    costs = ("coverage", "p50 s", "p95 s", "passes", "tokens", "tokens/s", "left out")
    assert set(columns_of(board)) >= {*asked, *costs, "entry", "nDCG@3", "low", "high"}
    table = {row["entry"]: row for row in as_table(board)}
    assert table["A"]["passes"] == 1.0
    assert table["A"]["tokens"] > 1
    assert table["Popularity"]["tokens/s"] is None
    assert len(results_table(scores)) == 6 * 6
    assert {row["status"] for row in results_table(scores)} == {"done"}


def test_slices_have_intervals_and_hold_all_judged_cases(home, workshop):
    (folder,) = (home / "data" / "catalogs").iterdir()
    (folder / "qrels.csv").write_text((folder / "qrels.csv").read_text().replace("m3,d1", "m3,c1"))
    scores, board = ran(home, workshop)
    found = slices(scores, "nDCG@3", [e for e in scores.plan.entries if e.role == "variant"])
    parts = {(s.dimension, s.part): s.measure.n for s in found if s.label == "A"}
    assert parts[("segment", "more")] == 4
    assert (parts[("popularity of the target", "head")], parts[("popularity of the target", "middle")]) == (1, 4)
    assert {dimension for dimension, _ in parts} == {"segment", "history length", "popularity of the target"}
    for dimension in ("segment", "popularity of the target"):
        assert sum(n for (name, _), n in parts.items() if name == dimension) == board.row("A").measure.n
    assert all(s.measure.low <= s.measure.mean <= s.measure.high for s in found)


def test_cases_in_two_languages_are_sliced_by_language(home, workshop):
    (folder,) = (home / "data" / "catalogs").iterdir()
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    cases[2]["description"] = "红色的、甜的水果，最好是当季的，适合做果酱"
    (folder / "cases.jsonl").write_text("\n".join(json.dumps(case) for case in cases))
    scores, _ = ran(home, workshop)
    found = slices(scores, "nDCG@3", [e for e in scores.plan.entries if e.label == "A"])
    assert {s.part for s in found if s.dimension == "language"} == {"en", "zh"}
