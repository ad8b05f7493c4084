"""Where the workbench keeps things on this computer; only the doors ask for the defaults."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """`data` is what must not be lost, `cache` what can be made again; the folders of catalogs and templates are
    searched in order, the user's own first."""

    data: Path
    cache: Path
    shipped: Path
    database: str = ""
    """An SQLAlchemy URL; empty for a file in the data folder."""

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'workbench.sqlite'}"

    @property
    def catalogs(self) -> tuple[Path, ...]:
        return (self.data / "catalogs", self.shipped / "catalogs")

    @property
    def templates(self) -> tuple[Path, ...]:
        return (self.data / "templates", self.shipped / "templates")


def default_paths() -> Paths:
    """The user's data and cache folders, or both below WORKBENCH_HOME where that is set; both are made if missing.
    WORKBENCH_DATABASE names another database than the one in the data folder."""
    import platformdirs

    home = os.environ.get("WORKBENCH_HOME")
    data = Path(home) / "data" if home else Path(platformdirs.user_data_dir("recommendation-workbench"))
    cache = Path(home) / "cache" if home else Path(platformdirs.user_cache_dir("recommendation-workbench"))
    for folder in (data, cache):
        folder.mkdir(parents=True, exist_ok=True)
    database = os.environ.get("WORKBENCH_DATABASE", "")
    return Paths(data=data, cache=cache, shipped=Path(__file__).resolve().parent.parent, database=database)
