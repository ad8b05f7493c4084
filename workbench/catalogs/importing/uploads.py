"""Uploaded files, kept where an import can read them."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

KEPT_SECONDS = 24 * 3600
"""An import of another tab may still be reading what was uploaded before."""


def keep(folder: Path, contents: Mapping[str, bytes | memoryview], ids: Sequence[str]) -> Path:
    """Write the files below `folder`, and what was uploaded a day before away; gives the one file, or the folder of
    several. The same ids are the same upload, and are not written again."""
    place = folder / hashlib.sha256("\0".join(ids).encode()).hexdigest()[:16]
    if not place.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if old.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            whole = Path(scratch) / "files"
            whole.mkdir()
            for name, content in contents.items():
                (whole / Path(name).name).write_bytes(content)
            whole.rename(place)
    files = sorted(place.iterdir())
    return files[0] if len(files) == 1 else place
