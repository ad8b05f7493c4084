"""A catalog of the user's own under another name, and any catalog as one file to pass on."""

import io
import re
import zipfile
from pathlib import Path

import yaml

from workbench.catalogs.meta import NAME
from workbench.catalogs.placing import linked, placed, remove
from workbench.errors import CatalogError, Problem
from workbench.variant import NAME_LENGTH

NAME_RULE = "lower-case letters, digits and -, beginning with a letter or digit, at most 200"


def check_name(name: str, parent: Path, *, taken: bool = True) -> None:
    """Raises CatalogError where a catalog below `parent` can't have that name, or, with `taken`, one has it."""
    if not re.match(NAME, name) or len(name) > NAME_LENGTH:
        raise CatalogError(Problem(f"found {name!r}", "name", NAME_RULE))
    if taken and (parent / name).exists():
        raise CatalogError(Problem(f"there is a catalog {name!r} already", "name", "choose another"))


def rename(folder: Path, name: str) -> Path:
    """Give a catalog another name, all of it or nothing. Raises CatalogError where it can't be called so."""
    check_name(name, folder.parent)
    with placed(folder.parent, name) as part:
        for file in folder.iterdir():
            if file.is_file() and file.name != "catalog.yaml":
                linked(file, part / file.name)
        meta = yaml.safe_load((folder / "catalog.yaml").read_text("utf-8"))
        text = yaml.safe_dump({**meta, "name": name}, allow_unicode=True, sort_keys=False)
        (part / "catalog.yaml").write_text(text, "utf-8")
    remove(folder)
    return folder.parent / name


def zipped(folder: Path) -> bytes:
    """The files of a catalog below its name; unpacked below `catalogs/` of a data folder they are a catalog again."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            if file.is_file() and not file.name.startswith("."):
                archive.write(file, f"{folder.name}/{file.name}")
    return kept.getvalue()
