"""Vectors on disk, found again by what their texts say: one file per embedder, which only ever grows."""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

KEY_BYTES = 16
_HEADER = 64


def keys_of(texts: Sequence[str]) -> Any:
    """One key for each text, as a numpy array of 16 bytes each: equal texts have equal keys."""
    import numpy

    digests = (hashlib.blake2b(t.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest() for t in texts)
    return numpy.frombuffer(b"".join(digests), dtype=f"V{KEY_BYTES}").view(f"S{KEY_BYTES}")


class KeptVectors:
    """A file of records, each a key and its vector. A record counts once it is whole: what a killed process left half
    written is cut off by the next one that writes. Processes write one after another; readers need not wait."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def records(self) -> Any:
        """The whole records, mapped from disk, with the fields `key` and `vector`; None where nothing is kept."""
        import numpy

        width = _width(self.path)
        if width is None:
            return None
        kind = _kind(width)
        n = (self.path.stat().st_size - _HEADER) // kind.itemsize
        return numpy.memmap(self.path, dtype=kind, mode="r", offset=_HEADER, shape=(n,)) if n else None

    def places(self, keys: Any) -> Any:
        """int64 [len(keys)]: where each key's record is, -1 where there is none."""
        import numpy

        records = self.records()
        if records is None:
            return numpy.full(len(keys), -1)
        known = numpy.ascontiguousarray(records["key"])
        order = numpy.argsort(known, kind="stable")
        at = numpy.minimum(numpy.searchsorted(known, keys, sorter=order), len(known) - 1)
        found = order[at]
        return numpy.where(known[found] == keys, found, -1)

    def append(self, keys: Any, vectors: "Vectors") -> None:
        """Add records; they are on disk when it returns."""
        import numpy

        kind = _kind(vectors.shape[1])
        records = numpy.zeros(len(keys), dtype=kind)
        records["key"], records["vector"] = keys, vectors
        with self._writing(vectors.shape[1]) as file:
            whole = (os.fstat(file).st_size - _HEADER) // kind.itemsize
            os.ftruncate(file, _HEADER + whole * kind.itemsize)
            os.lseek(file, 0, os.SEEK_END)
            _write_all(file, records.tobytes())
            os.fsync(file)

    @contextmanager
    def _writing(self, width: int) -> Iterator[int]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _width(self.path) != width:
                # Something else stands here, or vectors of another length: nothing of it can be used.
                os.ftruncate(file, 0)
                _write_all(file, _header(width))
            yield file
        finally:
            os.close(file)


def _kind(width: int) -> Any:
    import numpy

    return numpy.dtype([("key", f"S{KEY_BYTES}"), ("vector", numpy.float32, (width,))])


def _header(width: int) -> bytes:
    return f"workbench vectors 1, float32, {width}".encode().ljust(_HEADER - 1) + b"\n"


def _width(path: Path) -> int | None:
    """How long the file's vectors are; None where it is no file of vectors."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER)
    except OSError:
        return None
    width = head.rstrip().rpartition(b" ")[2]
    return int(width) if width.isdigit() and head == _header(int(width)) else None


def _write_all(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
