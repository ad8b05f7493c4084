"""A Bundle read back from a folder or a zip: nothing is unpacked, everything is checked, all problems at once."""

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from workbench.bundle.record import (
    EXEMPLARS,
    INCLUDES,
    ITEMS,
    MANIFEST,
    RANKINGS,
    README,
    SCHEMA_VERSION,
    TEMPLATE,
    Bundle,
    Manifest,
)
from workbench.bundle.writing import EXEMPLAR, ITEM, MANIFEST_DOCUMENT, SOLVED, unsafe
from workbench.errors import BundleError, Problem, raise_all
from workbench.variant import Variant

T = TypeVar("T")

MAX_MEMBERS = 200
MAX_BYTES = 64 << 20
"""Of all members together, unpacked."""
_REQUIRED = (TEMPLATE, EXEMPLARS, ITEMS, RANKINGS, README)
_EXPORT_AGAIN = "export the bundle again"


def read_bundle(path: Path) -> Bundle:
    """The bundle in a folder or zip. Raises BundleError with every problem: unsafe, missing or unknown members,
    content that is not what the manifest's SHA-256 says, unknown keys."""
    members = _folder_members(path) if path.is_dir() else _zip_members(path)
    manifest = _manifest(members, str(path))
    raise_all(BundleError, list(_disagreements(members, manifest, str(path))))
    return _bundle(members, manifest, str(path))


def _zip_members(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            names = [entry.filename for entry in entries]
            _check_members(names, sum(entry.file_size for entry in entries), str(path))
            # A member is never read beyond the size it declares, so the check above bounds the memory.
            return {entry.filename: archive.read(entry) for entry in entries}
    except FileNotFoundError as error:
        raise BundleError(Problem("no such file or folder", str(path), "check the path")) from error
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise BundleError(Problem(f"not a readable zip: {error}", str(path), _EXPORT_AGAIN)) from error


def _folder_members(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    links = [path for path in paths if not path.is_file() or path.is_symlink()]
    raise_all(
        BundleError, [Problem("a link or special file", str(path), "replace it by the file itself") for path in links]
    )
    names = [path.relative_to(folder).as_posix() for path in paths]
    _check_members(names, sum(path.stat().st_size for path in paths), str(folder))
    return {name: path.read_bytes() for name, path in zip(names, paths, strict=True)}


def _check_members(names: list[str], size: int, where: str) -> None:
    problems = [Problem(f"unsafe member {name!r}", where, "do not use this bundle") for name in names if unsafe(name)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    problems += [Problem(f"member {name!r} is there twice", where, _EXPORT_AGAIN) for name in twice]
    if len(names) > MAX_MEMBERS:
        problems.append(Problem(f"{len(names)} members", where, f"expected at most {MAX_MEMBERS}"))
    if size > MAX_BYTES:
        problems.append(Problem(f"{size:,} bytes unpacked", where, f"expected at most {MAX_BYTES:,}"))
    raise_all(BundleError, problems)


def _manifest(members: Mapping[str, bytes], where: str) -> Manifest:
    if MANIFEST not in members:
        raise BundleError(Problem(f"no {MANIFEST}", where, "expected a bundle that the workbench exported"))
    problems: list[Problem] = []
    version = _parsed(lambda: _schema_version(members[MANIFEST]), f"{where}: {MANIFEST}", problems)
    if not problems and version != SCHEMA_VERSION:
        what = f"schema version {version!r}, this workbench reads {SCHEMA_VERSION}"
        problems.append(Problem(what, f"{where}: {MANIFEST}", "use the workbench that wrote it, or a newer one"))
    raise_all(BundleError, problems)
    manifest = _parsed(lambda: MANIFEST_DOCUMENT.load(members[MANIFEST]), f"{where}: {MANIFEST}", problems)
    raise_all(BundleError, problems)
    assert manifest is not None
    return manifest


def _schema_version(content: bytes) -> Any:
    manifest = json.loads(content.decode())
    return manifest.get("schema_version") if isinstance(manifest, dict) else None


def _disagreements(members: Mapping[str, bytes], manifest: Manifest, where: str) -> Iterator[Problem]:
    for name in sorted({*_REQUIRED, *manifest.sha256} - {*members}):
        yield Problem(f"no {name}", where, _EXPORT_AGAIN)
    for name in sorted({*members} - {MANIFEST}):
        found = hashlib.sha256(members[name]).hexdigest()
        if name not in _REQUIRED and not name.startswith(INCLUDES):
            yield Problem(f"unknown member {name!r}", where, "remove it")
        elif name not in manifest.sha256:
            yield Problem(f"{name} is not in the manifest", where, "remove it")
        elif found != manifest.sha256[name]:
            what = f"{name} has SHA-256 {found}, the manifest says {manifest.sha256[name]}"
            yield Problem(what, where, f"it was changed after the export; {_EXPORT_AGAIN}")


def _bundle(members: Mapping[str, bytes], manifest: Manifest, where: str) -> Bundle:
    problems: list[Problem] = []
    variant = _parsed(lambda: _variant(members, manifest), f"{where}: variant", problems)
    solved = _parsed(lambda: SOLVED.load(members[RANKINGS]), f"{where}: {RANKINGS}", problems)
    exemplars = _parsed(
        lambda: tuple(map(EXEMPLAR.load, members[EXEMPLARS].splitlines())), f"{where}: {EXEMPLARS}", problems
    )
    items = _parsed(lambda: tuple(map(ITEM.load, members[ITEMS].splitlines())), f"{where}: {ITEMS}", problems)
    if variant is not None and variant.digest != manifest.variant_digest:
        what = f"the variant's digest is {variant.digest}, the manifest says {manifest.variant_digest}"
        problems.append(Problem(what, where, f"the manifest was changed after the export; {_EXPORT_AGAIN}"))
    raise_all(BundleError, problems)
    assert variant is not None
    return Bundle(
        variant=variant,
        model=manifest.model,
        catalog=manifest.catalog,
        catalog_fingerprint=manifest.catalog_fingerprint,
        solved=solved or (),
        exemplars=exemplars or (),
        items=items or (),
        code_version=manifest.code_version,
    )


def _variant(members: Mapping[str, bytes], manifest: Manifest) -> Variant:
    template = manifest.variant.get("template")
    texts = {
        "source": members[TEMPLATE].decode(),
        "includes": {
            name.removeprefix(INCLUDES): text.decode() for name, text in members.items() if name.startswith(INCLUDES)
        },
    }
    whole = {**template, **texts} if isinstance(template, dict) else template
    return Variant.model_validate({**manifest.variant, "template": whole})


def _parsed(parse: Callable[[], T], where: str, problems: list[Problem]) -> T | None:
    """What `parse` gives; or None, and what is wrong goes to `problems`."""
    try:
        return parse()
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_context=False):
            place = ".".join(str(part) for part in wrong["loc"])
            problems.append(Problem(f"{place or 'content'}: {wrong['msg']}", where, _EXPORT_AGAIN))
    except (ValueError, RecursionError) as error:  # broken JSON or UTF-8, JSON nested without end
        problems.append(Problem(f"not readable: {error}", where, _EXPORT_AGAIN))
    return None
