"""Which code makes rankings: kept with them, so that those of other code are never taken for its own."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from workbench import __version__
from workbench.errors import Problem, VariantError

PARTS = (
    *("records.py", "variant.py", "options.py", "recommender.py", "variant_checks.py"),
    *("experiments/asking.py", "experiments/framing.py"),
    *("catalogs/*.py", "prompts/**/*.py", "retrieval/**/*.py", "ranking/**/*.py", "engine/**/*.py"),
    *("grounding/**/*.py", "exemplars/**/*.py"),
)
"""The files that what a ranking holds hangs on; how a catalog was imported does not count, but what it says."""
LIBRARIES = ("torch", "transformers")
"""Their versions count too: they change numbers."""


@cache
def code_version() -> str:
    """The workbench's version and eight digits of a hash of its code: `0.1.0+1a2b3c4d`."""
    return version_of(Path(__file__).parent, tuple(f"{name} {version(name)}" for name in LIBRARIES))


def version_of(package: Path, libraries: tuple[str, ...]) -> str:
    """The same of a package's folder."""
    digest = hashlib.sha256("\n".join(libraries).encode())
    for path in sorted({path for part in PARTS for path in package.glob(part)}):
        digest.update(f"\n{path.relative_to(package).as_posix()}\n".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return f"{__version__}+{digest.hexdigest()[:8]}"


def check_code(planned: str, *, kind: str) -> None:
    """Raises VariantError where an experiment or search (`kind`) was planned by other code than this."""
    if planned != code_version():
        both = f"planned by workbench {planned}, and this is {code_version()}"
        fix = f"start a new {kind}; what is done of this one stays"
        raise VariantError(Problem(f"{both}: rankings of both would stand side by side", fix=fix))
