"""What is asked anew and what is not, and every kind of failure, counted."""

import json

import fruit_experiments
import pytest
from fruit_experiments import CONFIG, OTHER, Asked, begun, fruit_workshop, written
from pages import LIKELY, fruit

from workbench.cli import wiring
from workbench.cli.main import main
from workbench.engine.scripted import ScriptedEngine, by_table
from workbench.experiments.reading import read_board, read_scores
from workbench.experiments.running import run_experiment

GENERATE = """---
method: generation
---
{% for c in candidates %}
{{ loop.index }}. {{ c.title }}
{% endfor %}
{{ user.description }}. Ranking:"""


home, workshop = fruit_experiments.home, fruit_experiments.workshop


def ran(home, workshop, **changes):
    """The experiment, and how many prompts it asked the model."""
    before = len(workshop.scripted.asked)
    found = run_experiment(workshop.store, workshop, begun(home, workshop, **{"controls": False, **changes}))
    return found, len(workshop.scripted.asked) - before


def test_an_unchanged_experiment_asks_nothing_again(home, workshop):
    first, asked = ran(home, workshop)
    assert asked == 12
    assert ran(home, workshop) == (first, 0)


def test_a_changed_template_is_asked_again_and_the_other_variant_is_not(home, workshop):
    first, _ = ran(home, workshop)
    (home / "two.j2").write_text(OTHER.replace("Next:", "Now:"))
    second, asked = ran(home, workshop)
    assert second.id != first.id
    assert asked == 6


def test_a_changed_setting_is_asked_again(home, workshop):
    ran(home, workshop)
    fewer = {"variants": {**CONFIG["variants"], "B": {**CONFIG["variants"]["B"], "n_candidates": 2}}}
    assert ran(home, workshop, **fewer)[1] == 6


def test_a_changed_catalog_is_asked_again_whole(home, workshop):
    first, _ = ran(home, workshop)
    (folder,) = (home / "data" / "catalogs").iterdir()
    items = folder / "items.csv"
    items.write_text(items.read_text().replace("Elderberry", "Elder"))
    second, asked = ran(home, workshop)
    assert second.plan.catalog_fingerprint != first.plan.catalog_fingerprint
    assert (second.id != first.id, asked) == (True, 12)


def test_a_case_that_changed_is_asked_again_and_the_others_are_not(home, workshop):
    ran(home, workshop)
    (folder,) = (home / "data" / "catalogs").iterdir()
    cases = folder / "cases.jsonl"
    cases.write_text(cases.read_text().replace("number 0", "number zero"))
    assert ran(home, workshop)[1] == 2


def test_other_weights_are_asked_again_although_the_model_has_the_same_name(home, workshop):
    ran(home, workshop)
    workshop.scripted.identity = workshop.scripted.identity.__class__(
        "scripted", "1", "1" * 64, "float32", "cpu", 4096, 0
    )
    second, asked = ran(home, workshop, name="after the weights changed")
    assert (second.models["A"].weights_sha256, asked) == ("1" * 64, 12)


class Short(Asked):
    """A model whose window holds a dozen tokens, and that writes what nobody can read."""

    def __init__(self, *args):
        super().__init__(*args)
        texts = {"number 1": "As a language model I cannot rank these."}
        self.scripted = ScriptedEngine(by_table(LIKELY), texts, context_window=22)


def test_every_kind_of_failure_is_kept_with_its_error_and_counted(home):
    cases = [
        {"id": "fine", "description": "red", "history": ["b1"]},
        {"id": "long", "description": "red " * 40, "history": ["b1"]},
        {"id": "no history", "description": "red"},
        {"id": "unread", "description": "number 1", "history": ["a1"]},
    ]
    cases = [{**case, "segment": "all"} for case in cases]
    qrels = "case_id,item_id,grade\n" + "".join(f"{case['id']},c1,1\n" for case in cases)
    fruit(home, cases_jsonl="\n".join(map(json.dumps, cases)), qrels_csv=qrels)
    (home / "two.j2").write_text(GENERATE + "{{ history[0].title[:0] }}")
    variants = {"G": {"template": "two.j2", "retriever": "popularity"}}
    workshop = fruit_workshop(home, kind=Short)
    found, _ = ran(home, workshop, variants=variants)
    results = {workshop.store.experiment_cases(found.id)[r.case_at].case.id: r for r in _of(workshop, found, 0)}
    assert {case: r.status for case, r in results.items()} == {
        "fine": "done",
        "long": "failed",
        "no history": "failed",
        "unread": "done",
    }
    assert "the window has 22" in results["long"].problem
    assert "list object has no element 0" in results["no history"].problem
    # What can't be read is a result: the retriever's order stands in, and every candidate counts as left out.
    assert results["unread"].numbers["left out"] == 1.0
    board = read_board(workshop.store, workshop, found, read_scores(workshop.store, found))
    row = board.row("G")
    assert (found.status, row.failed, row.measure.n) == ("done", 2, 4)
    assert row.means["left out"] == pytest.approx((results["fine"].numbers["left out"] + 1) / 2)
    workshop.store.close()


def _of(workshop, experiment, entry):
    return [r for r in workshop.store.results(experiment.id) if r.entry == entry]


def test_failed_ones_are_tried_again_on_request_alone(home, monkeypatch, capsys):
    class Flaky(Asked):
        broken = True

        def recommender(self, variant, catalog):
            from dataclasses import replace

            made = super().recommender(variant, catalog)
            return replace(made, method=_Breaks()) if Flaky.broken and variant.label == "B" else made

    class _Breaks:
        asks_each_candidate, shows = False, None

        def rank(self, *args, **kwargs):
            raise OSError("the disk is full")

    monkeypatch.setattr(wiring, "open_workshop", lambda: fruit_workshop(home, kind=Flaky))
    config = str(written(home, controls=False))

    def failed(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["eval", config, "--json", *arguments])
        assert end.value.code == 0
        out = capsys.readouterr()
        return json.loads(out.out)["rows"][1]["failed"], out.err

    assert failed()[0] == 6
    Flaky.broken = False
    assert failed()[0] == 6
    again, said = failed("--retry-failed")
    assert again == 0
    assert "6 failed results are tried again" in said


def test_models_take_turns_and_the_one_before_is_let_go(home):
    class Two(Asked):
        def __init__(self, *args):
            super().__init__(*args)
            self.order = []

        def recommender(self, variant, catalog):
            self.order.append(variant.model.id)
            return super().recommender(variant, catalog)

    workshop = fruit_workshop(home, kind=Two)
    variants = {
        label: {**CONFIG["variants"]["A"], "model": {"id": model}}
        for label, model in {"A": "one", "B": "two", "C": "one"}.items()
    }
    found, _ = ran(home, workshop, variants=variants)
    assert (found.status, found.n_failed) == ("done", 0)
    assert workshop.order == ["one", "one", "two"]
    workshop.store.close()
