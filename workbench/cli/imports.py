"""`workbench catalogs import KIND`: a command for each importer, its options made from the importer's fields."""

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.catalogs.importing import IMPORTERS, About, Importer, Summary
from workbench.cli.printing import as_plain, print_json, print_table, progress, say, say_problems
from workbench.options import Option, build_from, options_of
from workbench.paths import default_paths

app = typer.Typer(
    no_args_is_help=True,
    help="Bring in real data. Rows that are wrong are left out, counted and listed with their lines; an import that is "
    "stopped leaves nothing.",
)
_ABOUT = "What the catalog says of itself"
_ABOUT_HELP = {
    "title": "Shown on the page.",
    "domain": "e-commerce, news, video, music or social.",
    "language": "BCP 47, such as en or zh.",
    "noun": "What one item is called in prompts.",
    "licence": "The data's licence.",
    "source": "Where it comes from.",
}


def _parameter(name: str, kind: Any, default: Any, info: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, info])


def _of_option(option: Option) -> inspect.Parameter:
    flag = f"--{option.name.replace('_', '-')}"
    if option.kind is bool:
        return _parameter(option.name, bool, option.default, typer.Option(f"{flag}/--no-{flag[2:]}", help=option.help))
    if option.kind is list:
        return _parameter(option.name, list[str] | None, None, typer.Option(flag, help=f"{option.help} Repeatable."))
    env = "WORKBENCH_SQL_URL" if option.name == "url" else None
    return _parameter(option.name, option.kind, option.default, typer.Option(flag, help=option.help, envvar=env))


def _command(name: str, kind: type[Importer]) -> Any:
    options = options_of(kind)

    def run(**given: Any) -> None:
        about = About(**{key: given.get(f"about_{key}") or getattr(kind.about, key) for key in _ABOUT_HELP})
        values = {o.name: given[o.name] for o in options if given[o.name] is not None}
        importer = build_from(IMPORTERS, name, values, where="importer")
        _run(importer, given.get("path") or Path(), about, given["name"], given["replace"], as_json=given["as_json"])

    path = inspect.Parameter(
        "path",
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        annotation=Annotated[Path, typer.Argument(metavar="PATH", help="A folder, a zip or a file.")],
    )
    parameters = [
        *([path] if kind.needs_path else []),
        _parameter("name", str, ..., typer.Option("--name", help="The catalog's name: lower-case letters, digits, -.")),
        *map(_of_option, options),
        *(
            _parameter(f"about_{k}", str, "", typer.Option(f"--catalog-{k}", help=text, rich_help_panel=_ABOUT))
            for k, text in _ABOUT_HELP.items()
        ),
        _parameter("replace", bool, False, typer.Option("--replace", help="Replace a catalog of that name.")),
        _parameter("as_json", bool, False, typer.Option("--json", help="Print JSON.")),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    place = " ./folder" if kind.needs_path else ' --url sqlite:///shop.db --items-query "SELECT …"'
    run.__doc__ = f"{kind.summary}\n\nExample: `workbench catalogs import {name}{place} --name my-catalog`"
    return run


def _run(importer: Importer, path: Path, about: About, name: str, replace: bool, *, as_json: bool) -> None:
    from workbench.catalogs.importing import import_catalog

    with progress() as on_progress:
        summary = import_catalog(
            importer, path, default_paths().catalogs[0], name, about, replace=replace, on_progress=on_progress
        )
    _print(summary, as_json=as_json)


def _print(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        from dataclasses import asdict

        print_json({**asdict(summary), "problems": [*map(as_plain, summary.problems)]})
        return
    rows: list[tuple[object, ...]] = [("kept", kind, count, "") for kind, count in summary.kept.items()]
    rows += [("left out", d.kind, d.count, d.reason) for d in summary.dropped]
    print_table(("", "what", "rows", "why"), rows)
    say_problems(summary.problems)
    say(f"{summary.name} is in {summary.folder}, after {summary.seconds:.1f} s")
    say(f"next: workbench catalogs cases {summary.name}; workbench catalogs index {summary.name}")


for _name, _kind in IMPORTERS.items():
    app.command(_name, no_args_is_help=True)(_command(_name, _kind))
