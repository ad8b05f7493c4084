"""The workshop of the command line: the user's own folders and store."""

import os
import sys
from typing import TYPE_CHECKING

from workbench.paths import default_paths

if TYPE_CHECKING:
    from workbench.workshop import Workshop


def open_workshop() -> "Workshop":
    """Catalogs, models and the store where the pages have theirs; nothing heavy is loaded until asked for."""
    from workbench.store.store import Store
    from workbench.workshop import Workshop

    if not sys.stderr.isatty():
        # The libraries that load models draw bars, which in a log are noise. They read this when first imported.
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    paths = default_paths()
    return Workshop(paths, Store(paths.database_url), environment=os.environ)
