import os
import signal
import subprocess
import sys
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from workbench.store import tables
from workbench.store.database import migrate
from workbench.store.draft import Draft
from workbench.store.errors import StoreError
from workbench.store.store import Store
from workbench.variant import TemplateSource, Variant

FIRST_VERSION_ROWS = [
    """INSERT INTO drafts VALUES ('d1', 4, '{"id": "d1", "name": "Old", "catalog": "movies", "case_id": "m1",
       "typed": null, "variants": [{"template": {"name": "t", "source": "x"}}], "baseline": "A",
       "comparison_id": null}', '2026-01-02T03:04:05.000006+00:00')""",
    "INSERT INTO templates VALUES ('t', '2026-01-02T03:04:05.000006+00:00')",
    """INSERT INTO template_versions VALUES ('t', 1, '{"name": "t", "source": "x"}', 'first',
       '2026-01-02T03:04:05.000006+00:00')""",
    """INSERT INTO comparisons VALUES ('c1', 'd1', 'movies', 'cf', '{"id": "m1"}', 'A',
       '2026-01-02T03:04:05.000006+00:00')""",
    """INSERT INTO runs VALUES ('c1', 0, '{"template": {"name": "t", "source": "x"}}', 'done', '', 1.0,
       '{"case_id": "m1", "variant_digest": "d", "ranked": [], "candidates": []}', '[]', 2.0)""",
    "INSERT INTO memo VALUES ('k', '[0.5]')",
]


def url(folder):
    return f"sqlite:///{folder / 'test.sqlite'}"


def write_first_version(folder):
    engine = create_engine(url(folder))
    with engine.begin() as connection:
        migrate(connection, to="0001")
        for row in FIRST_VERSION_ROWS:
            connection.execute(text(row))
    engine.dispose()


def test_migrations_from_empty_give_the_tables_of_today(database_url):
    store = Store(database_url)
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    store.close()


def test_a_database_of_the_first_version_is_read_whole(tmp_path):
    write_first_version(tmp_path)
    store = Store(url(tmp_path))
    assert store.load_draft("d1").draft.name == "Old"
    assert store.load_draft("d1").revision == 4
    assert store.template_version("t", 1).note == "first"
    assert store.comparison("c1").runs[0].ranking.variant_digest == "d"
    assert dict(store.memo) == {"k": [0.5]}
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    store.close()


def test_a_second_start_finds_everything(database_url):
    store = Store(database_url)
    store.save_template("t", "x")
    store.close()
    again = Store(database_url)
    assert again.template_version("t", 1).template.source == "x"
    again.close()


def test_a_database_of_a_newer_workbench_is_refused_and_untouched(tmp_path):
    store = Store(url(tmp_path))
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    before = (tmp_path / "test.sqlite").read_bytes()
    with pytest.raises(StoreError, match="newer workbench"):
        Store(url(tmp_path))
    assert (tmp_path / "test.sqlite").read_bytes() == before


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path):
    (tmp_path / "test.sqlite").write_text("this is not a database, however long it may be" * 50)
    with pytest.raises(StoreError, match="not a database"):
        Store(url(tmp_path))


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path):
    with pytest.raises(StoreError, match="unable to open"):
        Store(url(tmp_path / "missing"))


def test_threads_that_write_at_once_lose_nothing(database_url):
    store = Store(database_url)

    def write(thread):
        for i in range(10):
            store.save_template("shared", f"{thread} {i}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = store.template_versions("shared")
    assert [v.number for v in versions] == list(range(60, 0, -1))
    assert len({v.template.source for v in versions}) == 60
    store.close()


def write_half(store):
    with store.writing() as connection:
        connection.execute(text("INSERT INTO memo VALUES ('half', '[]')"))
        raise RuntimeError


def test_a_write_that_fails_half_way_leaves_nothing(database_url):
    store = Store(database_url)
    with pytest.raises(RuntimeError):
        write_half(store)
    assert "half" not in store.memo
    store.close()


WRITER = """
import sys
from workbench.store.draft import Draft
from workbench.store.store import Store
from workbench.variant import TemplateSource, Variant

store = Store(sys.argv[1])
revision = 0
while True:
    draft = Draft(id="d1", catalog="c", name=f"edit {revision + 1}",
                  variants=(Variant(template=TemplateSource(name="t", source="x" * 50_000)),))
    revision = store.save_draft(draft, revision)
    print(revision, flush=True)
"""


def test_what_was_saved_survives_a_kill(tmp_path):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url(tmp_path)], stdout=subprocess.PIPE, text=True)
    reported = [int(writer.stdout.readline()) for _ in range(20)][-1]
    os.kill(writer.pid, signal.SIGKILL)
    rest = writer.stdout.read().split()
    writer.wait()
    last = max([reported, *map(int, rest)])
    store = Store(url(tmp_path))
    held = store.load_draft("d1")
    assert held.revision in (last, last + 1)
    assert held.draft.name == f"edit {held.revision}"
    expected = Variant(template=TemplateSource(name="t", source="x" * 50_000))
    assert held.draft.same_content(Draft(id="d1", catalog="c", name=held.draft.name, variants=(expected,)))
    store.close()
