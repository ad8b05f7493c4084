"""Which embedders were ever loaded here, by name: so that what stands of their indexes is told without loading them."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors


class Met:
    """Stands for an embedder where only its fingerprint matters: where its vectors are, and how many."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint

    def encode(self, texts: Sequence[str]) -> "Vectors":
        raise AssertionError("only the fingerprint of this embedder is known")


def remember(cache: Path, name: str, fingerprint: str) -> None:
    """An embedder has vectors on disk only after it was loaded, and so after this was called."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    file = cache / "embeddings" / "names" / f"{digest}.json"
    said = json.dumps({"name": name, "fingerprint": fingerprint})
    if not file.is_file() or file.read_text("utf-8") != said:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(said, "utf-8")
        part.replace(file)


def remembered(cache: Path) -> dict[str, Met]:
    """Name -> embedder, as it was when last loaded."""
    found = (json.loads(file.read_text("utf-8")) for file in (cache / "embeddings" / "names").glob("*.json"))
    return {said["name"]: Met(said["fingerprint"]) for said in sorted(found, key=lambda said: said["name"])}
