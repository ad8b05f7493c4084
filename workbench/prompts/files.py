"""Templates as files: `*.j2` in a few folders, the files that they include read along."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from workbench.errors import Problem, TemplateError
from workbench.prompts.nearest import nearest
from workbench.variant import TemplateSource

log = logging.getLogger(__name__)

SUFFIX = ".j2"
_REFERENCE = re.compile(r"\{%[-+]?\s*(?:include|import|from|extends)\b(.*?)%\}", re.DOTALL)
_QUOTED = re.compile(r"""["']([^"'\n]+)["']""")
MAX_BYTES = 1_000_000


def list_templates(folders: Sequence[Path]) -> dict[str, TemplateSource]:
    """Every template by name, sorted; the first folder that has a name wins. Files that start with `_` are parts.

    A file that can't be read is left out with a warning in the log, so that it doesn't take the others along.
    """
    found = {}
    for name in _names(folders):
        try:
            found[name] = read_template(name, folders)
        except TemplateError as error:
            log.warning("template left out: %s", error)
    return found


def _names(folders: Sequence[Path]) -> list[str]:
    return sorted({path.stem for folder in folders for path in folder.glob(f"[!_]*{SUFFIX}")})


def read_template(name: str, folders: Sequence[Path]) -> TemplateSource:
    """The template called `name` with all that it includes. TemplateError when there is none, or it isn't UTF-8."""
    path = _find(f"{name}{SUFFIX}", folders)
    if path is None:
        raise TemplateError(Problem(f"there is no template {name!r}", "templates", nearest(name, _names(folders))))
    return collect(name, _read(path), folders)


def collect(name: str, text: str, folders: Sequence[Path]) -> TemplateSource:
    """A template's text, as it stands in an editor, with the texts of all files that it includes, theirs too.

    A file that is not there is left out; `check` names it.
    """
    includes: dict[str, str] = {}
    waiting = _referenced(text)
    while waiting:
        file = waiting.pop()
        path = None if file in includes else _find(file, folders)
        if path is not None:
            includes[file] = _read(path)
            waiting += _referenced(includes[file])
    return TemplateSource(name=name, source=text, includes=dict(sorted(includes.items())))


def _referenced(text: str) -> list[str]:
    """Names in quotes in include-like tags: found by pattern, since an editor's text often doesn't parse."""
    return [name for tag in _REFERENCE.findall(text) for name in _QUOTED.findall(tag)]


def _find(file: str, folders: Sequence[Path]) -> Path | None:
    if Path(file).name != file:
        return None
    return next((folder / file for folder in folders if (folder / file).is_file()), None)


def _read(path: Path) -> str:
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        raise TemplateError(Problem(f"{len(raw):,} bytes", str(path), f"a template has at most {MAX_BYTES:,}"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TemplateError(Problem(f"not UTF-8 at byte {error.start}", str(path), "save it as UTF-8")) from None
