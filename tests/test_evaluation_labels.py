"""Told labels against the truth: the measures by hand and beside scikit-learn's, and which label is right."""

import math

import pytest
import sklearn.metrics as metrics
from hypothesis import given
from hypothesis import strategies as st
from pages import finished, fruit, opened, said, save_draft, served, table, variant

from workbench.evaluation.labels import (
    ClassReport,
    Judged,
    cross_entropy,
    expected_grade,
    judge,
    label_of,
    label_report,
    report,
    squared_error,
)
from workbench.prompts import check, parse
from workbench.records import RankedItem, Ranking
from workbench.variant import Choice, TemplateSource

STARS = {"5": 5.0, "4": 4.0, "3": 3.0, "2": 2.0, "1": 1.0}
LIKES = {"like": 1.0, "dislike": 0.0}
LIKE_TEXT = """---
method: pointwise
task: labels
labels: [like, dislike]
grades: {like: 1, dislike: 0}
---
{{ candidate.title }}:"""


def row(item_id, **chances):
    return RankedItem(item_id, 1, 0.0, 1, 0.0, chances=chances)


def front(text):
    return parse(TemplateSource(name="t", source=text)).front


def test_cross_entropy_is_the_surprise_at_the_truth():
    assert cross_entropy({"like": 0.8, "dislike": 0.2}, "like") == pytest.approx(0.2231, abs=1e-4)
    assert cross_entropy({"like": 0.8, "dislike": 0.2}, "dislike") == pytest.approx(1.6094, abs=1e-4)
    assert cross_entropy({"like": 1.0, "dislike": 0.0}, "like") == 0.0


def test_cross_entropy_of_what_was_held_impossible_is_large_and_finite():
    assert cross_entropy({"like": 1.0, "dislike": 0.0}, "dislike") == pytest.approx(12 * math.log(10))


def test_squared_error_is_of_the_expected_grade():
    chances = {"5": 0.5, "4": 0.2, "3": 0.1, "2": 0.1, "1": 0.1}
    assert expected_grade(chances, STARS) == pytest.approx(2.5 + 0.8 + 0.3 + 0.2 + 0.1)
    assert squared_error(3.9, 5) == pytest.approx(1.21)


@pytest.mark.parametrize(
    ("grade", "scale", "label"),
    [
        (3, LIKES, "like"),
        (1, LIKES, "like"),
        (0, LIKES, "dislike"),
        (4, STARS, "4"),
        (9, STARS, "5"),
        (0, STARS, None),
        (1, {"5": 3, "4": 2, "3": 1, "2": 0.5, "1": 0}, "3"),
        (-1, LIKES, None),
    ],
)
def test_the_right_label_is_the_highest_that_the_grade_reaches(grade, scale, label):
    assert label_of(grade, scale) == label


def test_an_item_that_the_truth_does_not_list_has_grade_0():
    rows = [row("a", like=0.9, dislike=0.1), row("b", like=0.6, dislike=0.4), row("without")]
    found = judge(rows, {"a": 2}, LIKES)
    assert [(j.item_id, j.truth, j.told) for j in found] == [("a", "like", "like"), ("b", "dislike", "like")]
    assert judge([row("b", **{"5": 1.0})], {"a": 2}, STARS) == []


def test_report_of_three_items_by_hand():
    judged = [
        Judged("a", {"like": 0.9, "dislike": 0.1}, "like"),
        Judged("b", {"like": 0.6, "dislike": 0.4}, "dislike"),
        Judged("c", {"like": 0.2, "dislike": 0.8}, "dislike"),
    ]
    found = report(judged, LIKES)
    assert found.n == 3
    assert found.cross_entropy == pytest.approx(-(math.log(0.9) + math.log(0.4) + math.log(0.8)) / 3)
    assert found.uniform == pytest.approx(math.log(2))
    # Expected grades 0.9, 0.6 and 0.2 against 1, 0 and 0.
    assert found.squared_error == pytest.approx((0.01 + 0.36 + 0.04) / 3)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.classes == (ClassReport("like", 1 / 2, 1.0, 1), ClassReport("dislike", 1.0, 1 / 2, 2))


def test_a_label_never_told_has_no_precision_and_one_nobody_has_no_recall():
    found = report([Judged("a", {"5": 0.0, "4": 1.0}, "5")], {"5": 5.0, "4": 4.0})
    assert found.classes == (ClassReport("5", None, 0.0, 1), ClassReport("4", 0.0, None, 0))


def or_nan(share):
    return math.nan if share is None else share


weights = st.tuples(*[st.integers(1, 9)] * 3)


@given(st.lists(st.tuples(weights, st.sampled_from("321")), min_size=1, max_size=12))
def test_report_is_what_scikit_learn_says(cases):
    scale = {"3": 3.0, "2": 2.0, "1": 1.0}
    judged = [
        Judged(str(n), {label: w / sum(ws) for label, w in zip(scale, ws, strict=True)}, truth)
        for n, (ws, truth) in enumerate(cases)
    ]
    truths, told, labels = [j.truth for j in judged], [j.told for j in judged], list(scale)
    found = report(judged, scale)
    ordered = sorted(labels)
    chances = [[j.chances[label] for label in ordered] for j in judged]
    assert found.cross_entropy == pytest.approx(metrics.log_loss(truths, chances, labels=ordered))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truths, told))
    expected = [expected_grade(j.chances, scale) for j in judged]
    assert found.squared_error == pytest.approx(metrics.mean_squared_error(list(map(float, truths)), expected))
    precision, recall, _, support = metrics.precision_recall_fscore_support(
        truths, told, labels=labels, zero_division=math.nan
    )
    assert [math.nan if c.precision is None else c.precision for c in found.classes] == pytest.approx(
        precision, nan_ok=True
    )
    assert [math.nan if c.recall is None else c.recall for c in found.classes] == pytest.approx(recall, nan_ok=True)
    assert [c.support for c in found.classes] == support.tolist()


def test_a_template_that_ranks_has_no_label_report():
    ranking = Ranking("k", "", (row("a", like=0.9, dislike=0.1),), ())
    labels = "labels: [like, dislike]\ngrades: {like: 1, dislike: 0}\n---\n"
    assert label_report(ranking, front(f"---\ntask: labels\n{labels}"), {"a": 1}).accuracy == 1.0
    assert label_report(ranking, front(f"---\ntask: rank\n{labels}"), {"a": 1}) is None
    assert label_report(ranking, front(f"---\ntask: labels\n{labels}"), {}) is None
    assert label_report(ranking, front("---\ntask: labels\nlabels: [like, dislike]\n---\n"), {"a": 1}) is None


def test_items_below_the_lowest_label_are_counted_apart():
    ranking = Ranking("k", "", (row("a", **{"2": 0.5, "1": 0.5}), row("b", **{"2": 0.5, "1": 0.5})), ())
    found = label_report(ranking, front("---\ntask: rate\nlabels: ['2', '1']\n---\n"), {"a": 1})
    assert (found.n, found.unlabelled) == (1, 1)


def test_labels_that_are_numbers_are_their_own_grades():
    assert front("---\nlabels: ['5', '2.5', '-1']\n---\n").scale == {"5": 5.0, "2.5": 2.5, "-1": -1.0}
    assert front("---\nlabels: [Yes, No]\n---\n").scale == {}
    assert front("---\nlabels: ['5', many]\n---\n").scale == {}
    assert front("---\nlabels: ['5', '5.0']\n---\n").scale == {}
    assert front("---\nlabels: [Yes, No]\ngrades: {No: 0, Yes: 2}\n---\n").scale == {"Yes": 2.0, "No": 0.0}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("task: labels", "line 2: front matter: task: labels — name the labels, best first"),
        (
            "labels: [a, b]\ngrades: {a: 1}",
            "line 3: front matter: grades: a — give each label a grade of its own: a, b",
        ),
        ("labels: [a, b]\ngrades: {a: 1, b: 1}", "line 3: front matter: grades: a, b — give each label a grade"),
        (
            "grades: {a: 1}",
            "line 2: front matter: grades: a — give each label a grade of its own: there are no labels",
        ),
        ("labels: [a, b]\ngrades: {a: 1, b: x}", "line 3: front matter: grades.b: 'x'"),
        ("labels: [a, b]\ngrades: {a: inf, b: 0}", "line 3: front matter: grades.a: 'inf'"),
        ("labels: [a, b]\ngrades: [1, 0]", "line 3: front matter: grades: ['1', '0'] — write a mapping: {A: 1, B: 0}"),
    ],
)
def test_what_is_wrong_with_labels_and_grades_is_told_with_its_line(text, problem):
    (found,) = check(TemplateSource(name="t", source=f"---\n{text}\n---\nx"))
    assert problem in str(found)


def test_the_page_tells_how_well_labels_were_told(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        fruit(folder)
        pointwise = Choice(name="pointwise")
        save_draft(variant("A", LIKE_TEXT, method=pointwise), variant("B"))
        at = opened()
        at.button(key="run").click().run()
        at = finished(at)
        assert not at.exception
        labels = table(at, "How well labels were told")
        # The model that answers as told finds both labels alike; of four candidates two are relevant.
        assert labels["variant"].tolist() == ["A"]
        assert labels["cross-entropy"].tolist() == pytest.approx([math.log(2)])
        assert labels["squared error"].tolist() == pytest.approx([0.25])
        assert labels["items"].tolist() == [4]
        classes = table(at, "Precision and recall of each label")
        assert classes["items"].tolist() == [2, 2]
        assert "How well the labels were told" in said(at.markdown)
