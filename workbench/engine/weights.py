"""What weights are, whichever folder they lie in: a hash of their files, made once."""

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from workbench.engine.embedded import file_sha256


def kept_sha256(files: Sequence[Path], cache: Path) -> str:
    """SHA-256 (hex) over the bytes of the files, in the order given; kept by size and time, since hashing gigabytes at
    each start is slow."""
    stats = [(file.resolve(), file.stat()) for file in files]
    stamp = json.dumps([[str(path), stat.st_size, stat.st_mtime_ns] for path, stat in stats])
    known = cache / "weights.json"
    table = json.loads(known.read_text()) if known.is_file() else {}
    if stamp not in table:
        table[stamp] = file_sha256(files)
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=cache, prefix="weights", suffix=".part", delete=False) as part:
            json.dump(table, part)
        os.replace(part.name, known)
    return str(table[stamp])
