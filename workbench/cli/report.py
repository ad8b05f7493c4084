"""`workbench eval report`: an experiment of the store as one HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import wiring
from workbench.cli.printing import say
from workbench.errors import Problem, WorkbenchError

HELP = """Write what came of an experiment as one HTML file that needs nothing else.

The verdict in words, the leaderboard with intervals, slices, the largest gains and losses with their titles, votes,
what was asked, and how to repeat it.

Examples:

- `workbench eval report 5f0c1a2b3c4d5e6f --html report.html`
- `workbench eval report 5f0c1a2b3c4d5e6f --html report.html --measure RR --baseline B`
"""
Id = Annotated[
    str,
    typer.Argument(metavar="EXPERIMENT", help="Its id, or the beginning: the page's link tells it."),
]
Html = Annotated[Path, typer.Option("--html", metavar="FILE", help="The file to write; one that is there is replaced.")]
Measure = Annotated[str, typer.Option("--measure", help="Decide by it, and not by the experiment's own measure.")]
Baseline = Annotated[str, typer.Option("--baseline", help="Hold against it, and not against the experiment's own.")]


def report(experiment_id: Id, html: Html, measure: Measure = "", baseline: Baseline = "") -> None:
    from workbench.evaluation.columns import deciding
    from workbench.experiments.reading import find_experiment
    from workbench.experiments.reporting import read_report

    workshop = wiring.open_workshop()
    store = workshop.store
    assert store is not None
    experiment = find_experiment(store, experiment_id)
    plan = experiment.plan
    known = {"measure": deciding(plan.variants, plan.cutoffs), "baseline": [e.label for e in plan.entries]}
    for name, given in (("measure", measure), ("baseline", baseline)):
        if given and given not in known[name]:
            what = f"this experiment has no {name} {given!r}"
            raise WorkbenchError(Problem(what, f"--{name}", f"known: {', '.join(known[name])}"))
    text = read_report(store, workshop, experiment, measure=measure, baseline=baseline)
    try:
        html.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkbenchError(
            Problem(f"can't be written: {error.strerror}", str(html), "choose another file")
        ) from error
    say(f"written: {html}")
