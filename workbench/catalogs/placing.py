"""A catalog folder is made whole beside its place and moved there at once: what is stopped half-way leaves nothing."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import CatalogError, Problem

PART, OLD, LOCK = ".part", ".old", ".lock"


@contextmanager
def placed(parent: Path, name: str, *, replace: bool = False) -> Iterator[Path]:
    """A hidden folder to fill, which becomes `parent/name` when the block ends well, and goes when it does not.

    Raises CatalogError where a catalog of that name is there and is not to be replaced.
    """
    parent.mkdir(parents=True, exist_ok=True)
    sweep(parent)
    _refuse(parent / name, replace=replace)
    part = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=PART, dir=parent))
    with (part / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield part
            for file in part.iterdir():
                _to_disk(file)
            with _alone(parent):
                _refuse(parent / name, replace=replace)
                (part / LOCK).unlink()
                _swap(part, parent / name)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


def remove(folder: Path) -> None:
    """Take a catalog away: out of sight at once, then off the disk."""
    gone = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=PART, dir=folder.parent))
    with _alone(folder.parent):
        os.rename(folder, gone / folder.name)
    shutil.rmtree(gone)


@contextmanager
def undisturbed(parent: Path) -> Iterator[None]:
    """No catalog in `parent` is replaced or taken away meanwhile, by whatever process: between the two renames of a
    replacement there is none, and files read before and after it do not belong together."""
    try:
        lock = (parent / LOCK).open()
    except OSError:  # nothing was ever placed there
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def linked(file: Path, to: Path) -> None:
    """The same file under a second name; a copy where the disk can't do that."""
    try:
        os.link(file, to)
    except OSError:
        shutil.copy2(file, to)


def sweep(parent: Path) -> None:
    """Clear away what killed processes left. What a process is still filling is locked, and stays."""
    with _alone(parent):
        for old in parent.glob(f".*{OLD}"):
            place = parent / old.name.removeprefix(".").removesuffix(OLD)
            if place.exists():
                shutil.rmtree(old)
            else:  # killed between the two renames of a replacement
                os.rename(old, place)
        for part in parent.glob(f".*{PART}"):
            if (part / LOCK).exists() and _is_free(part / LOCK):
                shutil.rmtree(part)


def _swap(part: Path, place: Path) -> None:
    old = place.parent / f".{place.name}{OLD}"
    if place.exists():
        os.rename(place, old)
    os.rename(part, place)
    shutil.rmtree(old, ignore_errors=True)


def _refuse(place: Path, *, replace: bool) -> None:
    if place.exists() and not replace:
        raise CatalogError(
            Problem(f"there is a catalog {place.name!r} already", "name", "choose another, or replace it")
        )


def _to_disk(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    with (parent / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_free(lock_file: Path) -> bool:
    with lock_file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
