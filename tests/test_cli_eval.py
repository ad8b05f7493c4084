"""`workbench eval` as a command: the gate, the columns, the files, derived experiments, and comparing two."""

import json
from contextlib import contextmanager
from threading import Event
from xml.etree import ElementTree

import pandas as pd
import pytest
from fruit_experiments import CONFIG, OTHER, SUM, fruit_home, fruit_workshop, written

from workbench.cli import evaluate, wiring
from workbench.cli.main import main
from workbench.evaluation.columns import possible_columns
from workbench.store.experiment import ExperimentPlan

FEW = """---
method: likelihood
---
{% for e in exemplars %}
{{ e.answer }}
{% endfor %}
They liked {{ history }} and say:

{{ user.description }}
Next:"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    home = fruit_home(tmp_path)
    monkeypatch.setattr(wiring, "open_workshop", lambda: fruit_workshop(home))
    monkeypatch.setenv("COLUMNS", "200")
    return home


def ran(home, *arguments, **changes):
    return code(["eval", str(written(home, **{"controls": False, **changes})), *map(str, arguments)])


def code(arguments):
    try:
        return main(arguments)
    except SystemExit as end:
        return end.code or 0


def printed(capsys):
    return json.loads(capsys.readouterr().out)


def test_a_gate_that_is_met_ends_with_0_and_one_that_is_not_with_1(home, capsys):
    # Cherry (3) first and Elderberry (1) below the cut on k1, Date second on m0 to m3: (0.8263 + 4 * 0.6309) / 5.
    assert ran(home, "--fail-under", "ndcg@3=0.6", "--not-worse-than", "A") == 0
    assert "passed: B: nDCG@3 not under 0.6: nDCG@3 of B is 0.6700" in capsys.readouterr().out
    assert ran(home, "--fail-under", "NDCG@3=0.7") == 1
    out = capsys.readouterr().out
    assert "FAILED: A: nDCG@3 not under 0.7" in out
    assert "FAILED: B: nDCG@3 not under 0.7" in out


def test_what_must_not_go_over_is_a_gate_too(home, capsys):
    assert ran(home, "--fail-over", "left out=0.1") == 0
    capsys.readouterr()
    assert ran(home, "--fail-over", "ceiling=0.5", "--json") == 1
    gate = printed(capsys)["gate"]
    assert [(c["label"], c["passed"]) for c in gate] == [("A", False), ("B", False)]


def test_a_variant_that_falls_short_of_the_baseline_by_more_than_matters_is_no_pass(home, capsys):
    worse = {"variants": {**CONFIG["variants"], "B": {**CONFIG["variants"]["B"], "n_candidates": 1}}}
    assert ran(home, "--not-worse-than", "A", **worse) == 1
    assert "FAILED: B: not worse than A: " in capsys.readouterr().out
    assert ran(home, "--not-worse-than", "B", **worse) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fail-under", "beauty=1"], "no column 'beauty'"),
        (["--fail-under", "nDCG@3=high"], "'high' in 'nDCG@3=high' is no number"),
        (["--not-worse-than", "Z"], "no entry 'Z'"),
        (["--columns", "beauty"], "no column 'beauty'"),
        (["--results", "x.xlsx"], "no table can be written as .xlsx"),
        (["--results", "nowhere/x.csv"], "there is no folder 'nowhere'"),
        (["--csv", "nowhere/x.csv"], "there is no folder 'nowhere'"),
        (["--junit", "nowhere/x.xml"], "there is no folder 'nowhere'"),
        (["--few-shot-curve", "Z"], "no variant 'Z'"),
        (["--few-shot-curve", "A"], "its template shows no exemplars"),
        (["--few-shot-curve", "A", "--ablate", "A"], "are two experiments"),
    ],
)
def test_a_wrong_demand_is_told_before_anything_is_asked(home, capsys, arguments, said):
    assert ran(home, *arguments) == 2
    assert said in capsys.readouterr().err
    assert fruit_workshop(home).store.experiment_names() == ()


def test_a_gate_with_nobody_to_check_is_an_error_and_no_pass(home, capsys):
    one = {"variants": {"A": CONFIG["variants"]["A"]}}
    assert ran(home, "--fail-under", "ndcg@3=0.99", "--not-worse-than", "A", **one) == 2
    assert "no variant is left to check beside 'A'" in capsys.readouterr().err


def test_a_gate_against_a_control_that_crashed_lets_nothing_through(home, capsys):
    (home / "one.j2").write_text(OTHER.replace("{{ user.description }}", "{{ history[0].title }}"))
    one = {"variants": {"A": CONFIG["variants"]["A"]}, "controls": True}
    assert ran(home, "--not-worse-than", "A, no user", **one) == 1
    assert "FAILED: A: not worse than A, no user: " in capsys.readouterr().out


def test_a_gate_that_is_stopped_before_the_first_case_ends_with_1_and_says_so(home, capsys, monkeypatch):
    @contextmanager
    def at_once():
        stopped = Event()
        stopped.set()
        yield stopped

    monkeypatch.setattr(evaluate, "interrupted", at_once)
    assert ran(home, "--fail-under", "ndcg@3=0.5", "--columns", "AP") == 1
    assert "stopped; the same command goes on" in capsys.readouterr().err


def test_every_column_of_a_board_was_known_before_the_run(home, capsys):
    assert ran(home, "--json", repeats=2) == 0
    found = printed(capsys)
    plan = ExperimentPlan.model_validate(found["plan"])
    known = possible_columns(plan, fruit_workshop(home).catalog("fruit").meta.attributes)
    assert {name for row in found["rows"] for name in row} <= {"entry", *known}


def test_junit_holds_every_check_every_variant_and_every_failed_case(home, tmp_path):
    (home / "two.j2").write_text(OTHER.replace("{{ user.description }}", "{{ history[0].title }}"))
    assert ran(home, "--junit", tmp_path / "gate.xml", "--fail-under", "nDCG@3=0.7", "--not-worse-than", "A") == 1
    (suite,) = ElementTree.parse(tmp_path / "gate.xml").getroot()
    cases = {(c.get("classname"), c.get("name")): [part.tag for part in c] for c in suite}
    assert cases == {
        ("A", "nDCG@3"): ["system-out"],
        ("B", "nDCG@3"): ["system-out"],
        ("B", "case k2"): ["error"],
        ("B", "nDCG@3 not under 0.7"): ["failure"],
        ("B", "not worse than A"): [],
    }
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("5", "1", "1")
    assert "list object has no element 0" in suite.find("testcase/error").get("message")


def test_columns_are_chosen_by_name(home, capsys):
    assert ran(home, "--columns", "coverage, tokens/s,passes", "--json") == 0
    assert [*printed(capsys)["rows"][0]] == ["entry", "coverage", "passes", "tokens/s"]
    assert ran(home, "--columns", "R@3,AP") == 0
    assert ["entry", "R@3", "AP"] in [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ran(home, "--columns", "all", "--json") == 0
    assert {"nDCG@1", "novelty@3", "p95 s"} <= set(printed(capsys)["rows"][0])


@pytest.mark.parametrize(("ending", "read"), [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
def test_leaderboard_and_results_are_written_as_tables(home, tmp_path, ending, read):
    assert ran(home, "--csv", tmp_path / "board.csv", "--results", tmp_path / f"all.{ending}") == 0
    board, results = pd.read_csv(tmp_path / "board.csv"), read(tmp_path / f"all.{ending}")
    assert board["entry"].tolist() == ["A", "B", "Retrieval of A", "Popularity", "BM25", "Chance"]
    assert len(results) == 6 * 6
    judged = results[(results["entry"] == "A") & results["nDCG@3"].notna()]
    assert judged["nDCG@3"].mean() == pytest.approx(board["nDCG@3"][0])


def few_shot(home, **exemplars):
    (home / "few.j2").write_text(FEW)
    variant = {"template": "few.j2", "retriever": "popularity", "method": SUM, "exemplars": exemplars}
    return {"variants": {"A": CONFIG["variants"]["A"], "F": variant}}


def test_a_few_shot_curve_asks_with_more_and_more_exemplars(home, capsys):
    changes = few_shot(home, name="random", options={"n": 3, "locked": ["x1"]})
    assert ran(home, "--few-shot-curve", "F", "--json", **changes) == 0
    found = printed(capsys)
    labels = [v["label"] for v in found["plan"]["variants"]]
    assert labels == ["F, 0 exemplars", "F, 1 exemplar", "F, 2 exemplars", "F, 4 exemplars", "F, 8 exemplars"]
    assert (found["plan"]["baseline"], found["plan"]["controls"]) == ("F, 0 exemplars", False)
    assert all(row["low"] <= row["nDCG@3"] <= row["high"] for row in found["rows"])


def test_an_ablation_asks_with_one_part_less_each_in_turn(home, capsys):
    changes = few_shot(home, name="random", options={"n": 2})
    assert ran(home, "--ablate", "F", "--json", **changes) == 0
    labels = [v["label"] for v in printed(capsys)["plan"]["variants"]]
    assert labels == [
        "F",
        "F without lines 4-6: {% for e in exemplars %}",
        "F without line 7: They liked {{ history }} and say…",
        "F without one exemplar",
        "F without exemplars",
    ]


def test_two_experiments_are_compared_by_the_beginnings_of_their_ids(home, capsys):
    assert ran(home, "--json", name="first", cases={"ids": ["k1", "m0", "m1"]}) == 0
    first = printed(capsys)["id"]
    assert ran(home, "--json", name="second", cases={"ids": ["m1", "m2", "k1"]}) == 0
    second = printed(capsys)["id"]
    assert code(["eval", "compare", f"{first[:7]}:A", f"{second[:7]}:Popularity"]) == 0
    out = capsys.readouterr().out
    assert "only in A: 1 case, m0" in out
    assert "only in B: 1 case, m2" in out
    assert "effect size" in out
    assert "too few cases to tell second: Popularity from first: A" in out
    assert code(["eval", "compare", f"{first}:A", f"{second}:A", "--measure", "RR", "--json"]) == 0
    found = printed(capsys)
    assert (found["measure"], found["verdict"], [c["case_id"] for c in found["cases"]]) == (
        "RR",
        "too few cases",
        ["k1", "m1"],
    )


def test_effect_wins_ties_and_losses_of_every_pair_are_printed(home, capsys):
    worse = {"variants": {**CONFIG["variants"], "B": {**CONFIG["variants"]["B"], "n_candidates": 1}}}
    assert ran(home, "--json", **worse) == 0
    pair = printed(capsys)["pairs"][0]
    assert ran(home, **worse) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("B less A "))
    numbers = [str(pair[name]) for name in ("wins", "ties", "losses")]
    assert line.split()[3:] == [f"{pair['effect']:.4f}", *numbers, "5", "0"]


def test_comparing_what_is_not_there_is_told(home, capsys):
    assert code(["eval", "compare", "nowhere", "x:A"]) == 2
    assert "names no entry" in capsys.readouterr().err
    assert code(["eval", "compare", "nowhere:A", "x:A"]) == 2
    assert "no experiment 'nowhere'" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["eval", "--help"], ["eval", "run", "--help"], ["eval", "compare", "--help"]])
def test_help_is_there_for_all_of_it(home, capsys, arguments):
    assert code(arguments) == 0
    assert "compare" in capsys.readouterr().out.casefold() or arguments[1] == "run"
