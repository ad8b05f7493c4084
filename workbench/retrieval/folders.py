"""Folders of indexes: one process writes at a time, and what a killed one left half written goes."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART = ".part"
"""How the names of what is not whole yet end."""


@contextmanager
def writing_in(folder: Path) -> Iterator[None]:
    """Made where it is missing; others that want to write wait. Readers need not: what they read is moved there."""
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        for left in folder.glob(f"*{PART}"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield
    finally:
        os.close(file)
