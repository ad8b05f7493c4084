"""What the commands print: results to stdout, the rest to stderr."""

import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from workbench.errors import Problem

if TYPE_CHECKING:
    from rich.table import Table


def say(text: str) -> None:
    """One line to the person at the terminal, kept out of the results."""
    print(text, file=sys.stderr, flush=True)


def say_problems(problems: Iterable[Problem]) -> None:
    """One line to stderr for each problem."""
    for problem in problems:
        say(f"error: {' '.join(str(problem).split())}")


def print_json(content: Any) -> None:
    """JSON to stdout that every reader takes: a number that is not finite becomes null."""
    from pydantic_core import to_json

    print(to_json(content, indent=2, inf_nan_mode="null").decode())


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """A table to stdout; columns that hold only numbers are set right."""
    from rich.console import Console

    Console().print(_table(columns, [[_cell(value) for value in row] for row in rows], title))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> "Table":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD)
    for n, column in enumerate(columns):
        cells = [row[n] for row in rows]
        justify: Literal["left", "right"] = "right" if all(map(_is_number, cells)) else "left"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=all(map(_is_name, cells)))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _is_number(cell: str) -> bool:
    return cell == "–" or cell.lstrip("-").replace(".", "", 1).isdigit() or cell in ("inf", "-inf", "nan")


def _is_name(cell: str) -> bool:
    return len(cell) <= 40 and cell.isascii() and " " not in cell


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """A line on stderr that shows what is being done; only where stderr is a terminal."""
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("starting") as status:

        def show(text: str, fraction: float) -> None:
            doing, _, written = text.partition("\n")
            last = f" {written.splitlines()[-1]}" if written.strip() else ""
            status.update(f"{escape(doing)} ({fraction:.0%}){escape(last)}")

        yield show


@contextmanager
def countdown(text: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr with how much is done and the time left; a line where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        say(text)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def as_plain(problem: Problem) -> dict[str, Any]:
    """A problem for JSON output."""
    return {name: getattr(problem, name) for name in ("what", "where", "fix", "line", "column")}


@contextmanager
def interrupted() -> Iterator[threading.Event]:
    """Set by Ctrl+C, once: the case at work ends before its next pass; a second one ends the process."""
    stopped = threading.Event()

    def stop(number: int, frame: object) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)
