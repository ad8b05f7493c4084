"""`workbench exemplars`: the pool of a catalog, listed, searched, brought in, written out, tagged and taken away."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli import wiring
from workbench.cli.printing import print_json, print_table, say
from workbench.errors import CatalogError, Problem

if TYPE_CHECKING:
    from workbench.catalogs import Catalog
    from workbench.exemplars.pool import Entry
    from workbench.records import Exemplar
    from workbench.store.store import Store

app = typer.Typer(
    no_args_is_help=True,
    help="Exemplars: solved cases that a prompt may show. A catalog ships some; your own stand beside them at once, on "
    "the page as well.",
)
Name = Annotated[str, typer.Argument(metavar="CATALOG", show_default=False)]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", show_default=False)]
Text = Annotated[str, typer.Option("--text", help="Only with this in a field or a title.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Only with this tag, or one of several. Repeatable.")]
From = Annotated[
    list[str] | None, typer.Option("--from", help="Only shipped, 'by hand', case or interactions. Repeatable.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list", no_args_is_help=True)
def list_exemplars(name: Name, text: Text = "", tag: Tags = None, source: From = None, as_json: Json = False) -> None:
    """List the exemplars of a catalog: shipped ones and your own.

    Examples:

    - `workbench exemplars list movies --tag "short history"`
    - `workbench exemplars list movies --text kubrick --json`
    """
    from workbench.catalogs.exemplar_files import plain_exemplar

    opened = _open(name)
    catalog, found = opened[0], _found(opened, text, tag, source)
    if as_json:
        print_json([{**plain_exemplar(entry.exemplar), "from": entry.source} for entry in found])
        return
    print_table(("id", "from", "known", "answer", "tags"), [_row(entry, catalog) for entry in found])
    say(f"{len(found)} of {len(catalog.exemplars)} exemplars")


@app.command("export", no_args_is_help=True)
def export_exemplars(
    name: Name,
    to: Annotated[Path | None, typer.Argument(metavar="[FILE]", show_default="stdout")] = None,
    text: Text = "",
    tag: Tags = None,
    source: From = None,
) -> None:
    """Write exemplars as JSONL, as `exemplars.jsonl` of a catalog holds them.

    Example: `workbench exemplars export movies mine.jsonl --from "by hand"`
    """
    from workbench.catalogs.exemplar_files import write_exemplars

    found = _found(_open(name), text, tag, source)
    content = write_exemplars(entry.exemplar for entry in found)
    if to is None:
        sys.stdout.write(content)
    else:
        to.write_text(content, "utf-8")
    say(f"{len(found)} exemplars")


@app.command("import", no_args_is_help=True)
def import_exemplars(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSONL; - reads stdin.", show_default=False)],
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Give each of them this tag as well.")] = None,
    as_json: Json = False,
) -> None:
    """Add exemplars of your own from JSONL. A file with any problem adds nothing; all its problems are told.

    One whose id is among your own replaces it; what a catalog ships is not written over.
    """
    from workbench.catalogs.exemplar_files import read_exemplars

    catalog, store = _open(name)
    own = {exemplar.id for exemplar in store.own_exemplars(catalog.facts.name)}
    shipped = frozenset(exemplar.id for exemplar in catalog.exemplars if exemplar.id not in own)
    if str(file) != "-" and not file.is_file():
        raise CatalogError(Problem(f"there is no {file}", "exemplars", "give a JSONL file, or - for stdin"))
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    made = [_tagged(e, tag or ()) for e in read_exemplars(content, catalog, shipped=shipped, name=file.name)]
    store.save_exemplars(catalog.facts.name, made)
    report = {"added": sum(e.id not in own for e in made), "replaced": sum(e.id in own for e in made)}
    if as_json:
        print_json(report)
    else:
        say(f"{report['added']} added, {report['replaced']} replaced")


@app.command("from-cases", no_args_is_help=True)
def keep_cases_apart(name: Name, ids: Ids) -> None:
    """Keep cases apart to be shown, with their best known answers. Leave them out of experiments from then on.

    Example: `workbench exemplars from-cases movies f01 f02`
    """
    from workbench.exemplars.pool import from_case

    catalog, store = _open(name)
    grades = wiring.open_workshop().qrels(name)
    solved = {case_id: from_case(catalog.case(case_id), grades.get(case_id, {})) for case_id in ids}
    unsolved = [case_id for case_id, made in solved.items() if made is None]
    if unsolved:
        raise CatalogError(Problem(f"no answer is known of {', '.join(unsolved)}", "exemplars", "leave them out"))
    made = [exemplar for exemplar in solved.values() if exemplar is not None]
    store.save_exemplars(catalog.facts.name, made)
    say(f"added {', '.join(exemplar.id for exemplar in made)}")


@app.command("from-interactions", no_args_is_help=True)
def take_from_interactions(
    name: Name, users: Annotated[int, typer.Option("--users", min=1, max=1000, help="How many users.")] = 10
) -> None:
    """Make the last step of users an exemplar each, those with the longest sequences first."""
    from workbench.exemplars.pool import from_interactions

    catalog, store = _open(name)
    known = {exemplar.id for exemplar in catalog.exemplars}
    made = [exemplar for exemplar in from_interactions(catalog, users) if exemplar.id not in known]
    store.save_exemplars(catalog.facts.name, made)
    say(f"{len(made)} added")


@app.command("tag", no_args_is_help=True)
def tag_exemplars(
    name: Name,
    ids: Ids,
    add: Annotated[list[str] | None, typer.Option("--add", help="A tag to give. Repeatable.")] = None,
    take: Annotated[list[str] | None, typer.Option("--remove", help="A tag to take away. Repeatable.")] = None,
) -> None:
    """Change the tags of your own exemplars. The first tag is the segment that the policy `balanced` goes by."""
    catalog, store = _open(name)
    changed = []
    for exemplar in _own(catalog, store, ids):
        kept = replace(exemplar, tags=tuple(tag for tag in exemplar.tags if tag not in (take or ())))
        changed.append(_tagged(kept, add or ()))
    store.save_exemplars(catalog.facts.name, changed)
    for exemplar in changed:
        say(f"{exemplar.id}: {', '.join(exemplar.tags) or 'no tags'}")


@app.command("remove", no_args_is_help=True)
def remove_exemplars(name: Name, ids: Ids) -> None:
    """Take away exemplars of your own. Shipped ones stay."""
    catalog, store = _open(name)
    own = [exemplar.id for exemplar in _own(catalog, store, ids)]
    store.delete_exemplars(catalog.facts.name, own)
    say(f"removed {', '.join(own)}")


def _open(name: str) -> "tuple[Catalog, Store]":
    workshop = wiring.open_workshop()
    assert workshop.store is not None
    return workshop.catalog(name), workshop.store


def _found(
    opened: "tuple[Catalog, Store]", text: str, tags: list[str] | None, sources: list[str] | None
) -> "tuple[Entry, ...]":
    from workbench.exemplars.pool import SOURCES, entries, search

    if unknown := [source for source in sources or () if source not in SOURCES]:
        raise CatalogError(Problem(f"--from {unknown[0]!r}", "exemplars", f"one of {', '.join(SOURCES)}"))
    catalog, store = opened
    own = {exemplar.id for exemplar in store.own_exemplars(catalog.facts.name)}
    return search(entries(catalog, own), catalog, text=text, sources=sources or (), tags=tags or ())


def _own(catalog: "Catalog", store: "Store", ids: list[str]) -> "list[Exemplar]":
    """One's own exemplars of those ids. Raises CatalogError for any other, with what it is."""
    own = {exemplar.id: exemplar for exemplar in store.own_exemplars(catalog.facts.name)}
    problems = []
    for wanted in ids:
        if wanted not in own:
            what = "ships with the catalog, and stays" if wanted in _ids(catalog) else "is not there"
            problems.append(Problem(f"{wanted!r} {what}", "exemplars", f"your own: {', '.join(own) or 'none'}"))
    if problems:
        raise CatalogError(*problems)
    return [own[wanted] for wanted in ids]


def _ids(catalog: "Catalog") -> set[str]:
    return {exemplar.id for exemplar in catalog.exemplars}


def _tagged(exemplar: "Exemplar", tags: Sequence[str]) -> "Exemplar":
    """With more tags, those that it has in front."""
    return replace(exemplar, tags=tuple(dict.fromkeys([*exemplar.tags, *tags])))


def _row(entry: "Entry", catalog: "Catalog") -> tuple[str, ...]:
    exemplar = entry.exemplar
    known = exemplar.description or ", ".join(catalog.titles[i] for i in exemplar.history[-3:])
    answer = ", ".join(catalog.titles[i] for i in exemplar.answer[:3])
    return exemplar.id, entry.source, known, answer, ", ".join(exemplar.tags)
