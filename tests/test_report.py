"""The report of an experiment: what came out first, every text escaped, nothing loaded."""

import re
from html.parser import HTMLParser

import fruit_experiments
import pytest
from fruit_experiments import OTHER, begun

from workbench.cli import wiring
from workbench.cli.main import main
from workbench.evaluation.leaderboard import Board, Row
from workbench.evaluation.pairs import as_pairs, missing_of
from workbench.evaluation.significance import Interval, difference
from workbench.evaluation.summary import against, headline
from workbench.experiments.reporting import differing, read_report
from workbench.experiments.running import run_experiment
from workbench.store.experiment import Entry
from workbench.store.vote import Vote
from workbench.variant import Choice, TemplateSource, Variant, settings_of

NASTY = '<script>alert("1")</script> & “x”'
CASES = [str(n) for n in range(30)]


home, workshop = fruit_experiments.home, fruit_experiments.workshop


@pytest.fixture
def experiment(home, workshop):
    (home / "two.j2").write_text(OTHER + NASTY)
    return run_experiment(workshop.store, workshop, begun(home, workshop, name=NASTY))


def board(*pairs, checks=()):
    labels = dict.fromkeys(label for pair in pairs for label in (pair.a, pair.b))
    rows = [Row(Entry(at, label, "variant", at), Interval(0.5, 0.4, 0.6, 30), 30, 0) for at, label in enumerate(labels)]
    rows.append(Row(Entry(9, "Retrieval of A", "retriever", 0), Interval(0.5, 0.4, 0.6, 30), 30, 0))
    return Board("nDCG@10", tuple(rows), tuple(pairs), tuple(checks), (), 30, 0)


def pair(a, b, gain, *, worth=0.02):
    """B is that much above A on every case, less or more of a little."""
    values = {case: gain + 0.01 * (-1) ** int(case) for case in CASES}
    return difference(a, b, dict.fromkeys(CASES, 0.0), values, worth=worth)


def test_the_headline_names_the_winner_and_by_how_much():
    said = headline(board(pair("A", "B", 0.2)), "A")
    assert said.startswith("B is better than A: nDCG@10 0.500 against 0.500, a difference of +0.200 (95 % interval")
    assert "over 30 cases" in said


def test_the_headline_says_where_none_wins():
    said = headline(board(pair("A", "B", -0.2), pair("A", "C", 0.0, worth=0.2), pair("B", "C", 0.2)), "A")
    assert said == "No variant is shown to be better than A by nDCG@10. Worse: B. No clear difference: C."


def test_the_headline_says_how_many_cases_are_missing():
    said = headline(board(pair("A", "B", 0.0, worth=0.001)), "A")
    assert re.search(r"Too few cases to tell: B; about \d+ would be needed to see a difference of 0.001", said)


def test_a_pair_is_turned_towards_the_baseline():
    found = against(board(pair("A", "B", 0.2)), "B")["A"]
    assert (found.verdict, round(found.mean, 6)) == ("worse", -0.2)
    assert found.low < found.mean < found.high


def test_a_winner_that_does_not_beat_its_retriever_is_doubted():
    checked = board(pair("A", "B", 0.2), checks=[pair("Retrieval of A", "B", 0.0)])
    assert "B is not shown to beat the order that its own retriever gives" in headline(checked, "A")


def test_cases_that_one_side_alone_has_are_counted_and_the_first_ten_listed():
    one = difference("A", "B", dict.fromkeys(CASES, 0.0), dict.fromkeys(CASES[:18], 0.0), worth=0.02)
    assert as_pairs([one])[0]["missing"] == 12
    assert missing_of([one]) == [
        "B less A: on one side alone: 12 cases, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27 and 2 more"
    ]


def test_settings_that_differ_are_named_by_variant():
    a = Variant(label="A", template=TemplateSource(name="t", source="x"), n_candidates=5)
    b = a.model_copy(update={"label": "B", "method": Choice(name="letters")})
    assert differing([a, b]) == {"method.name": {"A": "likelihood", "B": "letters"}}
    assert settings_of(a)["n_candidates"] == "5"


def test_the_report_tells_effect_wins_ties_and_losses_of_every_pair(experiment, workshop):
    text = read_report(workshop.store, workshop, experiment)
    assert "<tr><td>B less A</td><td>+0.000 [+0.000, +0.000]</td><td>1.000</td><td>–</td><td>0</td><td>5</td>" in text


def test_the_report_escapes_every_text(experiment, workshop):
    text = read_report(workshop.store, workshop, experiment)
    assert "<script" not in text
    assert "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;" in text
    assert "http" not in re.sub(r'http-equiv="Content-Security-Policy"', "", text)
    assert not re.search(r"(\bsrc=|href=|@import|url\()", text)


def test_the_report_is_whole(experiment, workshop):
    workshop.store.save_vote(experiment.id, Vote("ann", 0, 0, 1, 0, "b"))
    text = read_report(workshop.store, workshop, experiment)
    assert text.index('class="verdict"') < text.index("<table>")
    for said in ("Popularity", "By segment", "What people preferred", "How it was decided", experiment.id):
        assert said in text
    assert experiment.plan.catalog_fingerprint in text
    assert experiment.models["A"].weights_sha256 in text
    parser = _Balance()
    parser.feed(text)
    assert parser.open == []


class _Balance(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        return None

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_largest_gains_are_shown_with_their_titles(home, workshop):
    variants = {
        "A": {"template": "one.j2", "retriever": "popularity", "method": "likelihood"},
        "B": {"template": "one.j2", "retriever": "popularity", "method": "likelihood", "n_candidates": 1},
    }
    experiment = run_experiment(workshop.store, workshop, begun(home, workshop, variants=variants))
    text = read_report(workshop.store, workshop, experiment)
    shown = text[text.index("loses most") if "loses most" in text else text.index("gains most") :]
    assert "★" in shown
    assert "Cherry" in shown


@pytest.fixture
def in_cli(workshop, monkeypatch):
    monkeypatch.setattr(wiring, "open_workshop", lambda: workshop)


def test_the_command_writes_the_file(experiment, in_cli, tmp_path, capsys):
    file = tmp_path / "report.html"
    with pytest.raises(SystemExit) as ended:
        main(["eval", "report", experiment.id, "--html", str(file)])
    assert ended.value.code == 0
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert str(file) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{id}", "--html", "/nowhere/x.html"], "can't be written"),
        (["{id}", "--html", "x.html", "--measure", "nDCG@7"], "no measure 'nDCG@7'"),
        (["{id}", "--html", "x.html", "--baseline", "Z"], "no baseline 'Z'"),
        (["unknown", "--html", "x.html"], "no experiment 'unknown'"),
    ],
)
def test_the_command_says_what_is_wrong(experiment, in_cli, capsys, arguments, said):
    assert main(["eval", "report", *(a.format(id=experiment.id) for a in arguments)]) == 2
    assert said in capsys.readouterr().err
