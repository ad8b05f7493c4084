"""The law of floors of docs/architecture.md, read from the imports of every module."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "workbench"

FLOORS = {
    0: {"__init__", "records", "variant", "options", "errors", "paths", "shelf", "languages", "code_version"},
    1: {"catalogs", "store"},
    2: {"prompts", "retrieval", "ranking", "engine", "grounding", "exemplars"},
    3: {"recommender", "variant_checks"},
    4: {
        "advice",
        "workshop",
        "preview",
        "evaluation",
        "bundle",
        "jobs",
        "experiments",
        "tasks",
        "inventory",
        "search",
        "tracking",
        "worker",
    },
    5: {"ui", "cli", "__main__"},
}
FLOOR_OF = {part: floor for floor, parts in FLOORS.items() for part in parts}

HOMES = {
    "torch": ("engine/", "retrieval/embedder.py"),
    "transformers": ("engine/",),
    "sentence_transformers": ("retrieval/embedder.py",),
    "bm25s": ("retrieval/lexical.py",),
    "faiss": ("retrieval/large.py",),
    "httpx2": ("engine/remote_client.py",),
    "sqlalchemy": ("store/",),
    "alembic": ("store/",),
    "streamlit": ("ui/",),
    "optuna": ("search/study.py",),
    "tensorboard": ("tracking/tensorboard.py",),
    "mlflow": ("tracking/mlflow.py",),
    "wandb": ("tracking/wandb.py",),
    "typer": ("cli/",),
    "rich": ("cli/",),
}

HEAVY = (
    "torch",
    "faiss",
    "transformers",
    "sentence_transformers",
    "bm25s",
    "scipy",
    "pandas",
    "pyarrow",
    "streamlit",
    "altair",
    "optuna",
)

LIGHT = (
    "workbench.records",
    "workbench.variant",
    "workbench.options",
    "workbench.errors",
    "workbench.code_version",
    "workbench.paths",
    "workbench.engine.protocol",
    "workbench.engine.embedded",
    "workbench.engine.remote_address",
    "workbench.retrieval.protocol",
    "workbench.ranking.protocol",
    "workbench.prompts",
    "workbench.grounding",
    "workbench.store.draft",
    "workbench.store.comparison",
    "workbench.store.experiment",
    "workbench.store.template_version",
    "workbench.bundle",
)


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if "node_modules" not in path.parts)


def imported(path):
    """Every module that the file imports, at its top or later."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module
            if node.module == "workbench":
                yield from (f"workbench.{alias.name}" for alias in node.names)


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def parts_imported(path):
    names = (name.split(".") for name in imported(path) if name.startswith("workbench."))
    return {name[1] for name in names if name[1] in FLOOR_OF}


def edges():
    return {(part_of(path), target, path) for path in modules() for target in parts_imported(path)}


def test_every_module_has_a_floor():
    assert {part_of(path) for path in modules()} <= set(FLOOR_OF)


def test_imports_go_down_only():
    upward = [
        f"{path.relative_to(PACKAGE)} (floor {FLOOR_OF[part]}) imports {target} (floor {FLOOR_OF[target]})"
        for part, target, path in edges()
        if FLOOR_OF[target] > FLOOR_OF[part]
    ]
    assert not upward


def test_neighbours_on_a_floor_do_not_import_in_a_circle():
    sideways = {}
    for part, target, _ in edges():
        if part != target and FLOOR_OF[part] == FLOOR_OF[target]:
            sideways.setdefault(part, set()).add(target)
    TopologicalSorter(sideways).prepare()


def test_doors_do_not_open_into_one_another():
    assert not [(part, target) for part, target, _ in edges() if {part, target} == {"ui", "cli"}]


@pytest.mark.parametrize("library", HOMES)
def test_a_heavy_library_lives_in_one_place(library):
    homes = HOMES[library]
    strays = [
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        if any(name.split(".")[0] == library for name in imported(path))
        and not path.relative_to(PACKAGE).as_posix().startswith(homes)
    ]
    assert not strays


def test_only_doors_and_paths_read_the_environment():
    readers = [
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        if FLOOR_OF[part_of(path)] < 5 and part_of(path) != "paths"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    ]
    assert not readers


def loaded_after(code):
    """Which heavy libraries a fresh interpreter has loaded after running the code."""
    show = f"import sys; sys.stderr.write(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{show}"], capture_output=True, text=True, check=True)
    return done.stderr.split()


def test_the_help_loads_no_heavy_library():
    help_shown = "from workbench.cli.main import main\ntry:\n    main(['--help'])\nexcept SystemExit: pass"
    assert loaded_after(help_shown) == []


def test_light_modules_load_no_heavy_library():
    assert loaded_after("\n".join(f"import {module}" for module in LIGHT)) == []
