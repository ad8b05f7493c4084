"""What `workbench rank` says of scores, steps, cost and templates."""

from dataclasses import replace

from test_cli import RANK, bench, workshop  # noqa: F401 - fixtures

from workbench.records import Usage


def test_places_are_shown_whole_and_what_came_from_the_cache_apart(bench, workshop, monkeypatch):  # noqa: F811
    workshop.scores = {"q": -1.0, "p": -2.0}
    plain = workshop.recommend
    cost = Usage(passes=1, prompt_tokens=1200, cached_tokens=100, scored_tokens=5, seconds=0.25)
    monkeypatch.setattr(
        workshop, "recommend", lambda *a, **b: replace(plain(*a, **b), usage=cost, steps={"taste": "slow\nfilms"})
    )
    _, out, err = bench(*RANK, "--case", "m1", "-k", "2")
    assert [line.split()[-2:] for line in out.splitlines() if "film" in line] == [["-1", "1"], ["-2", "2"]]
    assert "taste: slow films\n" in err
    assert err.endswith("1 pass, 1,105 tokens (100 more from the cache), 0.2 s\n")


def test_templates_that_a_method_is_written_for_are_named(bench):  # noqa: F811
    code, _, err = bench("rank", "-c", "movies", "--case", "m1", "--method", "generation")
    assert code == 2
    assert "templates written for generation:" in " ".join(err.replace("│", " ").split())
    _, _, err = bench(*RANK, "--case", "m1", "--method", "letters")
    assert "note: templates written for letters: letters\n" in err
