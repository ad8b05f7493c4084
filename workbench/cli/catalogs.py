"""`workbench catalogs`: bring them in, list them, check them, build their cases, embed them."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import imports
from workbench.cli.arguments import read_options
from workbench.cli.printing import as_plain, countdown, print_json, print_table, say, say_problems
from workbench.cli.wiring import open_workshop
from workbench.errors import CatalogError, Problem
from workbench.paths import default_paths

if TYPE_CHECKING:
    from workbench.inventory import Entry

app = typer.Typer(no_args_is_help=True, help="Catalogs: what can be recommended.")
app.add_typer(imports.app, name="import")
Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME|FOLDER]...", show_default=False)]
Embedder = Annotated[
    str,
    typer.Option("--embedder", help="Name, Hugging Face id or folder.", show_default="by the catalog's language"),
]
_COUNTS = ("items", "cases", "exemplars", "judged cases")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_catalogs(as_json: Json = False) -> None:
    """List the catalogs at hand, your own first: what is in each, whether it loads, and what stands of its index.

    A catalog with more than 30 MB of files is not read for this: `workbench catalogs show NAME` reads it.
    """
    from workbench.inventory import Inventory

    entries = Inventory(open_workshop()).entries()
    if as_json:
        print_json([_facts(entry) for entry in entries])
    else:
        rows = [_facts(entry) for entry in entries]
        print_table(_LISTED, [[row[column] for column in _LISTED] for row in rows])
    broken = [entry.name for entry in entries if entry.problems]
    if broken:
        say(f"{', '.join(broken)}: does not load; `workbench catalogs check` says why")


_LISTED = ("name", "domain", "language", "items", "cases", "index", "state")


def _facts(entry: "Entry") -> dict[str, object]:
    from dataclasses import asdict

    seen, meta = entry.overview, entry.overview.meta
    state = entry.indexes.get(entry.embedder) if entry.indexes is not None else None
    return {
        "name": entry.name,
        "domain": meta.domain if meta else None,
        "language": meta.language if meta else None,
        "items": seen.items,
        "cases": seen.cases,
        "exemplars": seen.exemplars,
        "interactions": seen.interactions,
        "index": None if entry.indexes is None else "none" if state is None else state.words,
        "state": "broken" if entry.problems else "loads" if entry.checked else "not read",
        "own": "yes" if entry.own else "no",
        "bytes": seen.bytes,
        "licence": meta.licence if meta else None,
        "origin": meta.origin if meta else None,
        "folder": str(seen.folder),
        "embedder": entry.embedder,
        "indexes": {name: asdict(found) for name, found in (entry.indexes or {}).items()},
        "problems": [as_plain(problem) for problem in entry.problems],
    }


@app.command("check")
def check_catalogs(names: Names = None, as_json: Json = False) -> None:
    """Read catalogs whole and report everything that is wrong, each with file, row and column.

    Without a name it checks every catalog at hand. Exits with 1 when one is wrong.

    Examples:

    - `workbench catalogs check`
    - `workbench catalogs check movies ./my-catalog`
    """
    known = _known()
    folders = [_folder(name, known) for name in names] if names else list(known.values())
    reports = [_report(folder) for folder in folders]
    if as_json:
        print_json([{**report, "problems": [*map(as_plain, report["problems"])]} for report in reports])
    else:
        print_table(("name", "ok", *_COUNTS), [_row(report) for report in reports])
        for report in reports:
            say_problems(replace(p, where=f"{report['name']}/{p.where}") for p in report["problems"])
    if not all(report["ok"] for report in reports):
        raise typer.Exit(1)
    say(f"{len(reports)} checked, nothing wrong")


@app.command("index")
def index_catalogs(names: Names = None, embedder: Embedder = "", as_json: Json = False) -> None:
    """Embed the items of catalogs, so that the first search finds its vectors; all catalogs without a name.

    Only texts that are new or changed are embedded. Stop it at any time: it goes on where it was. A catalog of more
    than 50,000 items also gets an approximate index, and its words are kept on disk.

    Example: `workbench catalogs index movies`
    """
    from workbench.retrieval.index_state import build_indexes, index_state

    workshop = open_workshop()
    states: list[dict[str, Any]] = []
    for name in names or _known():
        catalog = workshop.catalog(name)
        embeddings = workshop.embeddings(embedder, catalog.facts.language)
        with countdown(f"embedding {len(catalog.items):,} items of {name}") as on_embedded:
            embeddings.items(catalog, on_embedded=on_embedded)
        build_indexes(catalog, embeddings)
        states.append({"catalog": name, **asdict(index_state(catalog, embeddings))})
    if as_json:
        print_json(states)
    else:
        columns = ("catalog", "kind", "items", "embedded", "vector_bytes", "index_bytes", "word_bytes")
        print_table(columns, [[state[column] for column in columns] for state in states])


@app.command("show")
def show_catalog(name: Name, as_json: Json = False) -> None:
    """Show what a catalog says of itself, and how much is in it."""
    from workbench.catalogs import load_catalog
    from workbench.inventory import Inventory

    catalog = load_catalog(_folder(name, _known()))
    facts: dict[str, Any] = catalog.meta.model_dump(exclude={"columns", "attributes"})
    facts |= {"attributes": ", ".join(f"{n} ({kind})" for n, kind in catalog.meta.attributes.items())}
    for part in ("items", "interactions", "cases", "exemplars"):
        facts[part] = len(getattr(catalog, part))
    facts |= {"users": len(catalog.taken), "fingerprint": catalog.fingerprint, "folder": str(catalog.folder)}
    entry = Inventory(open_workshop()).entry(catalog.folder, read=True)
    facts |= {f"index by {name}": state.words for name, state in (entry.indexes or {}).items()}
    if as_json:
        print_json(facts)
    else:
        print_table(("", "value"), list(facts.items()))


@app.command("remove")
def remove_catalog(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Remove a catalog of your own, with its cases. Shipped ones stay."""
    from workbench.catalogs.placing import remove
    from workbench.retrieval.index_state import move_indexes

    folder = _own(name, "removed")
    if not yes:
        typer.confirm(f"Remove {folder}?", abort=True, err=True)
    remove(folder)
    move_indexes(default_paths().cache, name)
    say(f"{name} is removed")


@app.command("rename", no_args_is_help=True)
def rename_catalog(name: Name, to: Annotated[str, typer.Argument(metavar="TO", show_default=False)]) -> None:
    """Give a catalog of your own another name; your exemplars go along. Results keep the old name."""
    from workbench.catalogs.keeping import rename
    from workbench.retrieval.index_state import move_indexes

    workshop = open_workshop()
    placed = rename(_own(name, "renamed"), to)
    if workshop.store is not None:
        workshop.store.move_exemplars(name, to)
    move_indexes(workshop.paths.cache, name, to)
    say(f"{name} is called {placed.name} now")


@app.command("export", no_args_is_help=True)
def export_catalog(
    name: Name, to: Annotated[Path | None, typer.Argument(metavar="[FILE.zip]", show_default=False)] = None
) -> None:
    """Write a catalog as a zip: its items, interactions, cases, truth and exemplars.

    Unpacked below `catalogs/` of a data folder it is a catalog again.

    Example: `workbench catalogs export movies`
    """
    from workbench.catalogs.keeping import zipped

    folder = _folder(name, _known())
    file = to or Path(f"{folder.name}.zip")
    file.write_bytes(zipped(folder))
    say(f"{file}: {file.stat().st_size:,} bytes")


@app.command("cases", no_args_is_help=True)
def make_cases(
    name: Name,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="See below. Repeatable.")
    ] = None,
    copy_to: Annotated[str, typer.Option("--to", help="Write a copy of the catalog under this name.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace cases that were written by hand.")] = False,
    as_json: Json = False,
) -> None:
    """Build cases from a catalog's interactions: what users took before a moment, and what they took next.

    Options: split (last, time), at, min_history, max_history, min_rating, users, exemplars, seed, candidates (given,
    retrieved), negatives, segment (history, activity, cold start, popularity).

    Examples:

    - `workbench catalogs cases my-films -o min_rating=4 -o users=500`
    - `workbench catalogs cases shop --to shop-in-time -o split=time -o candidates=retrieved`
    """
    from workbench.catalogs import load_catalog
    from workbench.catalogs.case_building import CaseSettings, build_cases
    from workbench.catalogs.case_placing import place_cases

    settings = read_options(CaseSettings, option or (), where="cases")
    folder, parent = _folder(name, _known()), default_paths().catalogs[0]
    if not copy_to and folder.parent != parent:
        raise CatalogError(Problem(f"{name} is not in your own folder", "cases", f"give --to {name}-cases"))
    built = build_cases(load_catalog(folder), settings)
    placed = place_cases(folder, parent, built, settings, name=copy_to or name, replace=replace)
    report = {"folder": str(placed), "cases": len(built.cases), "exemplars": len(built.exemplars)}
    report |= {"skipped": dict(built.skipped), "first case": built.cases[0].id}
    if as_json:
        print_json(report)
    else:
        print_table(
            ("", "users"), [("cases", len(built.cases)), ("exemplars", len(built.exemplars)), *built.skipped.items()]
        )
        say(f"next: workbench rank -t zero-shot-history -c {placed.name} --case {built.cases[0].id}")


def _known() -> dict[str, Path]:
    from workbench.catalogs import find_catalogs

    return dict(find_catalogs(default_paths().catalogs))


def _folder(name: str, known: dict[str, Path]) -> Path:
    if name in known:
        return known[name]
    if Path(name).is_dir():
        return Path(name)
    raise CatalogError(Problem(f"no catalog {name!r}", "catalogs", f"give a folder, or one of {', '.join(known)}"))


def _own(name: str, done: str) -> Path:
    """The folder of a catalog of one's own. Raises CatalogError for any other."""
    folder, own = _folder(name, _known()).resolve(), default_paths().catalogs[0].resolve()
    if folder.parent != own:
        raise CatalogError(Problem(f"{name} is not in your own folder", "catalogs", f"only those in {own} are {done}"))
    return folder


def _report(folder: Path) -> dict[str, Any]:
    from workbench.catalogs import load_catalog, load_qrels

    report: dict[str, Any] = {"name": folder.resolve().name, "folder": str(folder), "ok": True, "problems": ()}
    try:
        catalog = load_catalog(folder)
        counted = (catalog.items, catalog.cases, catalog.exemplars, load_qrels(folder, catalog))
    except CatalogError as error:
        return {**report, "ok": False, "problems": error.problems, **dict.fromkeys(_COUNTS)}
    return {**report, **dict(zip(_COUNTS, map(len, counted), strict=True))}


def _row(report: dict[str, Any]) -> list[object]:
    return [report["name"], "yes" if report["ok"] else "NO", *(report[count] for count in _COUNTS)]
