"""An experiment as one HTML file that needs nothing else: for whoever has no workbench."""

from collections.abc import Iterable, Sequence
from html import escape

from workbench.evaluation.leaderboard import Board, Row, Slice
from workbench.store.experiment import Experiment

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#1f2a2a}
table{border-collapse:collapse;width:100%;margin:1rem 0}td,th{padding:.3rem .6rem;border-bottom:1px solid #dde3e2;
text-align:right}td:first-child,th:first-child{text-align:left}small{color:#66716f}svg{display:block}"""
_WIDTH = 220


def report(experiment: Experiment, board: Board, slices: Sequence[Slice]) -> str:
    """What was asked, the verdict, the leaderboard, the slices, and how to repeat it. Every text is escaped."""
    plan = experiment.plan
    models = {
        label: f"{m.id} {m.weights_sha256[:12]} ({m.dtype}, {m.device})" for label, m in experiment.models.items()
    }
    facts = [
        ("Catalog", f"{plan.catalog}, fingerprint {plan.catalog_fingerprint[:12]}"),
        ("Cases", f"{board.n_cases}, of which {board.unjudged} have no known answer"),
        *((f"Variant {v.label}", f"{v.template.name}, {v.method.name}, {v.digest[:12]}") for v in plan.variants),
        *((f"Model of {label}", text) for label, text in models.items()),
        ("Experiment", f"{experiment.id}, seed {plan.seed}, workbench {plan.code_version}"),
        ("Results", f"{experiment.n_done} done, {experiment.n_failed} failed, {experiment.status}"),
    ]
    parts = [
        f"<h1>{escape(plan.name)}</h1>",
        "<h2>What came out</h2><ul>",
        *(f"<li>{escape(finding)}</li>" for finding in board.findings),
        f"</ul><h2>{escape(board.measure)}, mean and 95 % interval</h2>",
        _rows(board.rows, plan.baseline),
        *_slices(slices),
        "<h2>What was asked</h2>",
        _table(("", ""), [(escape(name), escape(text)) for name, text in facts]),
        "<p><small>A case that failed counts 0. Intervals by bootstrap (BCa), verdicts by a randomisation test of "
        "paired cases with Holm's correction, at 5 %.</small></p>",
    ]
    title = escape(plan.name)
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f"{head}<body>{''.join(parts)}</body></html>"


def _rows(rows: Sequence[Row], baseline: str) -> str:
    top = max((row.measure.high for row in rows), default=1.0) or 1.0
    columns = ("entry", "mean", "", f"against {baseline}", "cases", "failed")
    return _table(columns, [_row(row, top) for row in rows])


def _row(row: Row, top: float) -> tuple[str, ...]:
    found, delta = row.measure, row.to_baseline.interval if row.to_baseline else None
    against = f"{delta.mean:+.3f} [{delta.low:+.3f}, {delta.high:+.3f}]" if delta else "–"
    mean = f"{found.mean:.3f}"
    return (
        escape(row.entry.label),
        mean,
        _bar(found.low, found.mean, found.high, top),
        against,
        str(found.n),
        str(row.failed),
    )


def _bar(low: float, mean: float, high: float, top: float) -> str:
    x = [round(_WIDTH * value / top, 1) for value in (low, mean, high)]
    line = f'<line x1="{x[0]}" x2="{x[2]}" y1="9" y2="9" stroke="#2f9e6e" stroke-width="3"/>'
    dot = f'<circle cx="{x[1]}" cy="9" r="5" fill="#2f9e6e"/>'
    label = f"{low:.3f} to {high:.3f}"
    return (
        f'<svg width="{_WIDTH + 8}" height="18" role="img" aria-label="{label}"><title>{label}</title>{line}{dot}</svg>'
    )


def _slices(slices: Sequence[Slice]) -> Iterable[str]:
    for dimension in dict.fromkeys(s.dimension for s in slices):
        mine = [s for s in slices if s.dimension == dimension]
        rows = [
            (
                escape(s.part),
                escape(s.label),
                f"{s.measure.mean:.3f}",
                f"{s.measure.low:.3f} to {s.measure.high:.3f}",
                str(s.measure.n),
            )
            for s in mine
        ]
        yield f"<h2>By {escape(dimension)}</h2>{_table(('part', 'variant', 'mean', '95 % interval', 'cases'), rows)}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML already."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
