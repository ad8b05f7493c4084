"""An experiment that is decided by how well labels were told, where for two of three measures less is better."""

import json
from math import log

import pytest
from fruit_experiments import Asked, begun, fruit_home, fruit_workshop
from pages import CASES, ScriptedWorkshop, column, finished, fruit, opened, said, save_draft, served, table, variant

from workbench.cli import wiring
from workbench.cli.main import main
from workbench.engine.scripted import ScriptedEngine
from workbench.errors import VariantError
from workbench.evaluation.columns import deciding
from workbench.evaluation.labels import farthest, label_problems, worst
from workbench.evaluation.leaderboard import as_table
from workbench.evaluation.significance import difference
from workbench.evaluation.summary import headline
from workbench.experiments.reading import Side, across, read_board, read_scores
from workbench.experiments.reporting import read_report
from workbench.experiments.running import run_experiment
from workbench.store.store import Store
from workbench.ui import bootstrap
from workbench.variant import Choice

LABELS = """---
method: pointwise
task: labels
labels: [like, dislike]
grades: {like: 1, dislike: 0}
---
{{ user.description }} {{ candidate.title }}:"""
CAREFUL = LABELS.replace("{{ user", "Careful. {{ user")
STARS = LABELS.replace("[like, dislike]", "['5', '1']").replace("grades: {like: 1, dislike: 0}\n", "")
FAILING = CAREFUL.replace("{{ user.description", "{{ history[0].title }} {{ user.description")
MANY = [{"id": f"m{n}", "description": f"number {n}", "history": ["a1"], "segment": "more"} for n in range(12)]
QRELS = "case_id,item_id,grade\nk1,c1,3\nk1,e1,1\n" + "".join(f"m{n},d1,1\n" for n in range(12))
FILES = {"cases_jsonl": "\n".join(map(json.dumps, [*CASES, *MANY])), "qrels_csv": QRELS}
TWO = {name: {"template": file, "retriever": "popularity"} for name, file in (("A", "one.j2"), ("B", "two.j2"))}
SETTINGS = {"variants": TWO, "measure": "cross-entropy", "controls": False}
ON_K1 = (3 * -log(0.1) - log(0.9)) / 4
"""Of four candidates Careful is wrong about two that are liked and about Date."""


def answer(prompt, label):
    """Careful gives 0.9 to what is right for m0 to m11, where Date is liked; without it all labels are alike."""
    if "Careful" not in prompt:
        return log(0.5)
    return log(0.9 if (label.strip() == "like") == ("Date" in prompt) else 0.1)


class Telling(Asked):
    def __init__(self, *args):
        super().__init__(*args)
        self.scripted = ScriptedEngine(answer)


@pytest.fixture
def home(tmp_path):
    home = fruit_home(tmp_path)
    fruit(home, **FILES)
    (home / "one.j2").write_text(LABELS)
    (home / "two.j2").write_text(CAREFUL)
    return home


@pytest.fixture
def workshop(home):
    made = fruit_workshop(home, kind=Telling)
    yield made
    made.store.close()


def ran(home, workshop, **changes):
    experiment = run_experiment(workshop.store, workshop, begun(home, workshop, **{**SETTINGS, **changes}))
    scores = read_scores(workshop.store, experiment)
    return experiment, scores, read_board(workshop.store, workshop, experiment, scores)


def test_the_smaller_cross_entropy_is_the_better_variant(home, workshop):
    _, _, board = ran(home, workshop)
    assert board.row("A").measure.mean == pytest.approx(log(2))
    assert board.row("B").measure.mean == pytest.approx((12 * -log(0.9) + ON_K1) / 13)
    (pair,) = board.pairs
    assert (pair.verdict, pair.wins, pair.losses, pair.interval.n) == ("better", 12, 1, 13)
    assert headline(board, "A").startswith("B is better than A: cross-entropy (less is better) 0.232 against 0.693")
    assert headline(board, "B").endswith("Worse: A.")
    # k2 has no known answer.
    assert (board.n_cases, board.unjudged) == (14, 1)


@pytest.mark.parametrize(
    ("measure", "b"), [("squared error", (12 * 0.01 + (3 * 0.81 + 0.01) / 4) / 13), ("accuracy", (12 + 1 / 4) / 13)]
)
def test_the_other_two_decide_as_well_each_in_its_direction(home, workshop, measure, b):
    _, _, board = ran(home, workshop, measure=measure)
    assert board.row("B").measure.mean == pytest.approx(b)
    assert board.pairs[0].verdict == "better"


def test_what_tells_no_labels_has_no_number_and_is_not_beaten(home, workshop):
    _, _, board = ran(home, workshop, controls=True)
    rows = {row["entry"]: row for row in as_table(board)}
    assert rows["A, no user"]["cross-entropy"] == pytest.approx(log(2))
    for label in ("Retrieval of A", "Popularity", "BM25", "Chance"):
        assert {rows[label][name] for name in ("cross-entropy", "low", "high", "to baseline")} == {None}
    assert {check.a for check in board.checks} == {f"{v}, {c}" for v in "AB" for c in ("no user", "another user")}
    assert not any("retriever" in finding for finding in board.findings)
    assert "It is not shown that B makes use of the user: its control" in headline(board, "A")


def test_a_failed_case_counts_as_the_worst_and_never_as_none(home, workshop):
    fruit(home, **{**FILES, "qrels_csv": QRELS + "k2,c1,1\n"})
    (home / "two.j2").write_text(FAILING)
    experiment, scores, board = ran(home, workshop)
    assert experiment.n_failed == 1
    assert board.unjudged == 0
    impossible = worst("cross-entropy", {"like": 1, "dislike": 0})
    assert impossible == pytest.approx(12 * log(10))
    assert scores.named(1, "cross-entropy")["k2"] == impossible
    assert scores.named(1, "squared error")["k2"] == 1.0
    assert scores.named(1, "accuracy")["k2"] == 0.0
    page = workshop.store.case_page(
        experiment.id, 0, 1, board.measure, less_is_better=True, when_failed=(impossible, impossible)
    )
    ids = [scores.cases[row.case_at].case.id for row in page.rows]
    assert ids[-2:] == ["k1", "k2"]
    assert page.rows[-1].b == impossible


def test_a_failed_case_whose_answer_is_not_known_stays_unjudged(home, workshop):
    (home / "two.j2").write_text(FAILING)
    experiment, scores, board = ran(home, workshop)
    assert (experiment.n_failed, board.unjudged) == (1, 1)
    assert "k2" not in scores.named(1, "cross-entropy")


def test_one_who_was_only_ever_told_dislikes_is_judged_by_labels_alone(home, workshop):
    fruit(home, **{**FILES, "qrels_csv": QRELS + "k2,c1,0\n"})
    _, _, board = ran(home, workshop)
    assert (board.unjudged, board.row("A").measure.n) == (0, 14)
    (home / "one.j2").write_text(FAILING)
    # Where it failed for all that tell labels, the grades alone say that it counts.
    _, _, board = ran(home, workshop, variants={"A": TWO["A"]})
    assert (board.unjudged, board.row("A").measure.n) == (0, 14)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (
            (LABELS, "---\nmethod: likelihood\n---\n{{ user.description }}"),
            ("B", "likelihood asks for no labels", "point"),
        ),
        (
            (LABELS.replace("labels\n", "rank\n"), LABELS),
            ("A", "its template only ranks by its labels", "task: labels"),
        ),
        (
            (LABELS, LABELS.replace("grades: {like: 1, dislike: 0}\n", "")),
            ("B", "its labels have no grades", "grades:"),
        ),
        ((LABELS, STARS), ("B", "grades are 1, 5, and A's 0, 1", "the same grades")),
    ],
)
def test_labels_that_are_not_told_are_an_error_before_the_run(home, workshop, texts, told):
    for name, text in zip(("one", "two"), texts, strict=True):
        (home / f"{name}.j2").write_text(text)
    label, what, fix = told
    with pytest.raises(VariantError) as caught:
        begun(home, workshop, **SETTINGS)
    (problem,) = caught.value.problems
    assert problem.where == f"variant {label}"
    assert what in problem.what
    assert fix in problem.fix
    assert not workshop.store.experiments()


def test_a_template_that_cannot_be_read_tells_no_labels():
    broken = variant("A", LABELS + "{% if %}", method=Choice(name="pointwise"))
    assert "can't be read" in str(label_problems([broken], "accuracy")[0])


def test_labels_may_decide_where_all_variants_tell_them():
    telling = [variant(label, LABELS, method=Choice(name="pointwise")) for label in "AB"]
    assert deciding(telling, (3,))[-3:] == ("cross-entropy", "squared error", "accuracy")
    assert deciding([*telling, variant("C")], (3,)) == ("nDCG@3", "HR@3", "P@3", "R@3", "RR", "AP")


def test_what_matters_may_be_more_than_1_only_where_errors_may(home, workshop):
    begun(home, workshop, **SETTINGS, worth=1.5)
    for measure in ("accuracy", "nDCG@3"):
        with pytest.raises(VariantError, match=f"worth: 1.5 is more than {measure} can differ by"):
            begun(home, workshop, **{**SETTINGS, "measure": measure}, worth=1.5)


def test_few_cases_of_wide_grades_rule_out_nothing():
    same = {str(n): 0.0 for n in range(200)}
    told = [
        difference("A", "B", same, same, worth=0.05, farthest=farthest("squared error", scale)).verdict
        for scale in ({"like": 1, "dislike": 0}, {"5": 5, "1": 1})
    ]
    assert told == ["no clear difference", "too few cases"]


def test_the_report_has_gains_and_losses_the_right_way_round(home, workshop):
    experiment, _, _ = ran(home, workshop)
    html = read_report(workshop.store, workshop, experiment)
    gains, losses = html.split("Where B gains most over A")[1].split("Where B loses most to A")
    assert '<strong>Case m0</strong> <span class="better">-0.588</span>' in gains
    assert '<strong>Case k1</strong> <span class="worse">+1.060</span>' in losses
    assert "cross-entropy (less is better)" in html
    assert "<td>Popularity</td><td>–</td>" in html


def test_two_experiments_are_compared_by_labels(home, workshop):
    first, _, _ = ran(home, workshop)
    second, _, _ = ran(home, workshop, name="again", baseline="B")
    found = across(workshop.store, Side(first.id, "A"), Side(second.id, "B"))
    assert (found.measure, found.difference.verdict) == ("cross-entropy", "better")


@pytest.fixture
def told(home, monkeypatch, capsys):
    """What `workbench eval` of the two ends with and prints, with those arguments."""
    monkeypatch.setattr(wiring, "open_workshop", lambda: fruit_workshop(home, kind=Telling))
    monkeypatch.setenv("COLUMNS", "200")

    def ran(*arguments, **changes):
        from fruit_experiments import written

        try:
            code = main(["eval", str(written(home, **{**SETTINGS, **changes})), *arguments])
        except SystemExit as end:
            code = end.code or 0
        return code, "".join(capsys.readouterr())

    return ran


def test_the_gate_knows_which_way_is_better(told):
    assert told("--fail-over", "cross-entropy=0.7")[0] == 0
    code, out = told("--fail-over", "cross-entropy=0.5")
    assert code == 1
    assert "FAILED: A: cross-entropy not over 0.5: cross-entropy of A is 0.6931" in out
    assert "passed: B: cross-entropy not over 0.5" in out
    assert "1 unjudged; less is better" in out
    assert told("--not-worse-than", "A")[0] == 0
    code, out = told("--not-worse-than", "B")
    assert code == 1
    assert "FAILED: A: not worse than B: A is worse than B: +0.461" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--fail-under", "Cross-Entropy=0.7"],
            "less is better for Cross-Entropy — write --fail-over Cross-Entropy=0.7",
        ),
        (["--not-worse-than", "Popularity"], "'Popularity' tells no labels, and has no cross-entropy"),
    ],
)
def test_a_gate_that_would_let_all_through_is_told_before_the_run(told, home, arguments, said):
    code, out = told(*arguments)
    assert code == 2
    assert said in out
    assert Store(f"sqlite:///{home / 'data' / 'workbench.sqlite'}").experiment_names() == ()


class OnPages(ScriptedWorkshop):
    scripted = ScriptedEngine(answer)


@pytest.fixture
def pages(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch, workshop=OnPages) as folder:
        fruit(folder, **FILES)
        yield folder


def test_the_form_offers_no_labels_where_a_variant_tells_none(pages):
    save_draft(variant("A"), variant("B", CAREFUL, method=Choice(name="pointwise")))
    assert "accuracy" not in opened("experiments").get_by_key("experiment.measure").options


def test_the_page_decides_by_labels(pages):
    save_draft(*(variant(v, text, method=Choice(name="pointwise")) for v, text in (("A", LABELS), ("B", CAREFUL))))
    at = opened("experiments")
    assert "cross-entropy (less is better)" in at.get_by_key("experiment.measure").options
    at.get_by_key("experiment.measure").set_value("cross-entropy").run()
    at.get_by_key("experiment.start").click().run()
    at = finished(at)
    assert not at.exception
    assert column(at, "Leaderboard", "verdict")[:2] == ["baseline", "better"]
    shown = table(at, "Leaderboard").set_index("entry")["cross-entropy"]
    assert shown["A"] == pytest.approx(log(2))
    assert shown.isna()["Popularity"]
    assert "counting as the worst that a case can be" in said(at.caption)
    experiment_id = bootstrap.shared().store.experiment_names()[0].id
    for view in ("Slices", "What differs", "Failures", "Files", "Case by case"):
        at = at.get_by_key("experiment.view").set_value(view).run()
        assert not at.exception
    assert "below the line B is better" in said(at.markdown)
    assert column(at, "Cases", "case")[:1] == ["m0"]
    assert column(at, "Cases", "case")[-2:] == ["k1", "k2"]
    for view in ("Case by case", "Leaderboard"):
        at = at.get_by_key(f"experiment.baseline.{experiment_id}").set_value("Popularity").run()
        at = at.get_by_key("experiment.view").set_value(view).run()
        assert not at.exception
