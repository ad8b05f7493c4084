"""Uploaded files, kept where an import can read them."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path


def keep(folder: Path, contents: Mapping[str, bytes | memoryview], ids: Sequence[str]) -> Path:
    """Write the files below `folder`, and what was uploaded before away; gives the one file, or the folder of several.
    The same ids are the same upload, and are not written again."""
    place = folder / hashlib.sha256("\0".join(ids).encode()).hexdigest()[:16]
    if not place.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        place.mkdir(parents=True)
        for name, content in contents.items():
            (place / Path(name).name).write_bytes(content)
    files = sorted(place.iterdir())
    return files[0] if len(files) == 1 else place
