"""`workbench templates`: list them, check them."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.printing import as_plain, print_json, print_table, say, say_problems
from workbench.errors import Problem, TemplateError
from workbench.paths import default_paths
from workbench.variant import TemplateSource

app = typer.Typer(no_args_is_help=True, help="Templates: prompts in Jinja, with front matter.")
Names = Annotated[list[str] | None, typer.Argument(metavar="[FILE|NAME]...", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_files(as_json: Json = False) -> None:
    """List the templates at hand, with the ranking method that each is written for."""
    from workbench.prompts import list_templates

    columns = ("name", "method", "language", "description")
    rows = [[name, *_front(source)] for name, source in list_templates(default_paths().templates).items()]
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)


@app.command("check")
def check_files(names: Names = None, as_json: Json = False) -> None:
    """Parse templates and report everything that is wrong, each with its line and the nearest known name.

    Without a name it checks every template at hand. Exits with 1 when one is wrong.

    Examples:

    - `workbench templates check`
    - `workbench templates check few-shot ./mine.j2`
    """
    from workbench.prompts import list_templates

    everything = list_templates(default_paths().templates)
    sources = [load_template(name) for name in names] if names else list(everything.values())
    reports = [(source.name, problems_of(source)) for source in sources]
    if as_json:
        print_json([{"name": n, "ok": not found, "problems": [*map(as_plain, found)]} for n, found in reports])
    else:
        print_table(("name", "ok"), [(name, "NO" if problems else "yes") for name, problems in reports])
        for name, problems in reports:
            say_problems(replace(p, where=", ".join(dict.fromkeys([name, p.where or name]))) for p in problems)
    if any(problems for _, problems in reports):
        raise typer.Exit(1)
    say(f"{len(reports)} checked, nothing wrong")


def written_for(method: str) -> list[str]:
    """The templates at hand that are written for a ranking method."""
    from workbench.prompts import list_templates

    return [n for n, source in list_templates(default_paths().templates).items() if _front(source)[0] == method]


def load_template(name: str) -> TemplateSource:
    """The template in a `.j2` file of that path, or of that name in the templates folders. A file's includes are looked
    for beside it, then in the templates folders. Raises TemplateError."""
    from workbench.prompts import read_template

    file, folders = Path(name), default_paths().templates
    if file.is_file() and file.suffix == ".j2":
        return read_template(file.stem, (file.parent, *folders))
    return read_template(name, folders)


def problems_of(source: TemplateSource) -> list[Problem]:
    """What is wrong with a template, taken with the method that its front matter names."""
    from workbench.prompts import check, parse
    from workbench.ranking import METHODS

    try:
        template = parse(source)
    except TemplateError as error:
        return list(error.problems)
    method = METHODS[template.front.method]
    return check(template, asks_each_candidate=method.asks_each_candidate, asks_by_letter=method.asks_by_letter)


def _front(source: TemplateSource) -> tuple[str, str, str]:
    from workbench.prompts import parse

    try:
        front = parse(source).front
    except TemplateError as error:
        return "", "", f"can't be parsed: {error.problems[0]}"
    return front.method, front.language, front.description
