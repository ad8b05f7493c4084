"""Rankings are kept with the code that made them, and what other code has begun is not gone on with."""

import re
import shutil
from pathlib import Path

import pytest
import search_home
from fruit_experiments import begun, fruit_home, fruit_workshop

from workbench import __version__, code_version
from workbench.code_version import PARTS, version_of
from workbench.errors import VariantError
from workbench.experiments.running import run_experiment
from workbench.search.running import run_search

PACKAGE = Path(code_version.__file__).parent


@pytest.fixture
def workshop(tmp_path):
    made = fruit_workshop(fruit_home(tmp_path))
    yield made
    made.store.close()


@pytest.fixture
def other_code(monkeypatch):
    """From its call on, the workbench is another."""

    def change(version="0.1.0+0therc0d"):
        code_version.code_version.cache_clear()
        monkeypatch.setattr(code_version, "version_of", lambda package, libraries: version)

    yield change
    code_version.code_version.cache_clear()


def test_it_is_the_version_and_eight_digits_of_a_hash():
    assert re.fullmatch(rf"{re.escape(__version__)}\+[0-9a-f]{{8}}", code_version.code_version())


def test_every_part_is_there_and_all_of_them_count():
    assert all(list(PACKAGE.glob(part)) for part in PARTS)


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("ranking/likelihood.py", True),
        ("engine/scoring.py", True),
        ("catalogs/rows.py", True),
        ("experiments/framing.py", True),
        ("catalogs/importing/mind.py", False),
        ("store/memo.py", False),
        ("ui/state.py", False),
    ],
)
def test_a_change_counts_where_it_can_change_a_ranking(tmp_path, file, counts):
    package = shutil.copytree(PACKAGE, tmp_path / "workbench", ignore=shutil.ignore_patterns("editor", "__pycache__"))
    before = version_of(package, ())
    (package / file).write_text((package / file).read_text() + "# changed\n")
    assert (version_of(package, ()) != before) == counts
    (package / file).write_bytes((PACKAGE / file).read_bytes().replace(b"\n", b"\r\n"))
    assert version_of(package, ()) == before


def test_another_version_of_a_library_counts():
    assert version_of(PACKAGE, ("torch 2.12",)) != version_of(PACKAGE, ("torch 2.13",))


def test_a_stopped_experiment_does_not_go_on_with_other_code(tmp_path, workshop, other_code):
    experiment_id, seen = begun(tmp_path, workshop), []
    run_experiment(workshop.store, workshop, experiment_id, cancel=lambda: len(seen) >= 2, on_cell=seen.append)
    other_code()
    said = r"planned by workbench 0\.1\.0\+\w{8}, and this is 0\.1\.0\+0therc0d: rankings of both would stand side by"
    with pytest.raises(VariantError, match=f"{said} side — start a new experiment; what is done of this one stays"):
        run_experiment(workshop.store, workshop, experiment_id)
    assert len(seen) == 6  # one group, of one of two variants
    assert begun(tmp_path, workshop) != experiment_id


def test_other_code_asks_again_what_was_asked(tmp_path, workshop, other_code):
    first = run_experiment(workshop.store, workshop, begun(tmp_path, workshop))
    other_code()
    before = len(workshop.scripted.asked)
    second = run_experiment(workshop.store, workshop, begun(tmp_path, workshop))
    assert len(workshop.scripted.asked) == 2 * before > 0
    assert second.id != first.id


def test_one_of_an_older_workbench_that_is_done_can_be_read_and_stays_done(tmp_path, workshop, other_code):
    other_code("0.1.0")
    experiment = run_experiment(workshop.store, workshop, begun(tmp_path, workshop))
    other_code()
    assert workshop.store.experiment(experiment.id).plan.code_version == "0.1.0"
    assert run_experiment(workshop.store, workshop, experiment.id).status == "done"


def test_a_stopped_search_does_not_go_on_with_other_code(tmp_path, other_code):
    folder = search_home.home(tmp_path / "searches")
    workshop = search_home.opened(folder)
    found, asked = search_home.begun(folder, workshop), iter(range(100))
    assert run_search(found, workshop.store, workshop, cancel=lambda: next(asked) > 10).status == "stopped"
    other_code()
    with pytest.raises(VariantError, match="would stand side by side — start a new search; what is done of this one"):
        run_search(found, workshop.store, workshop)
    assert search_home.begun(folder, workshop).id != found.id
    workshop.store.close()
