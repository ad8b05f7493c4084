"""The `workbench` command: its subcommands, and the one place that turns errors into exit codes."""

from collections.abc import Sequence
from typing import Annotated

import typer

from workbench import __version__
from workbench.cli import catalogs, evaluate, exemplars, models, templates
from workbench.cli.printing import say_problems
from workbench.cli.rank import HELP, rank
from workbench.cli.report import HELP as REPORT_HELP
from workbench.cli.report import report
from workbench.cli.search import HELP as SEARCH_HELP
from workbench.cli.search import search
from workbench.cli.serve import serve
from workbench.errors import WorkbenchError

app = typer.Typer(
    name="workbench",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("app")(serve)
app.command("rank", no_args_is_help=True, help=HELP)(rank)
evaluate.app.command("report", no_args_is_help=True, help=REPORT_HELP)(report)
app.add_typer(evaluate.app, name="eval")
app.command("search", no_args_is_help=True, help=SEARCH_HELP)(search)
app.add_typer(catalogs.app, name="catalogs")
app.add_typer(templates.app, name="templates")
app.add_typer(exemplars.app, name="exemplars")
app.add_typer(models.app, name="models")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"workbench {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Prompt engineering for recommendation over a frozen language model.

    Start with `workbench app`, which opens the workbench in the browser. The other commands do in a terminal or a
    script what the pages do.

    Exit codes: 0 all is well; 1 what was checked is wrong, or a bundle did not come out the same; 2 the command
    can't be carried out. Results go to stdout, everything else to stderr; NO_COLOR and --json are for scripts.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; leaves by SystemExit where typer does."""
    try:
        app(args=arguments, prog_name="workbench")
    except WorkbenchError as error:
        say_problems(error.problems)
        return 2
    return 0
