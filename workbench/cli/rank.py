"""`workbench rank`: one case ranked as a template says, or a bundle run again."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from workbench.cli import arguments as arg
from workbench.cli import wiring
from workbench.cli.arguments import DEFAULT
from workbench.cli.bundles import rerun_bundle
from workbench.cli.printing import print_json, print_table, progress, say
from workbench.cli.templates import load_template, written_for
from workbench.engine.protocol import never
from workbench.records import Case, RankedItem, Ranking
from workbench.variant import ModelSpec, TemplateSource, Variant

if TYPE_CHECKING:
    from workbench.catalogs.catalog import Catalog
    from workbench.evaluation.labels import LabelReport
    from workbench.workshop import Workshop

HELP = """Rank a catalog's items for one case, or rerun a bundle.

Needs --template, --catalog, and a case: one of the catalog's (--case), or typed in (--description, --history).
With --bundle it says whether every list comes out the same, and exits with 1 when one does not.

Examples:

- `workbench rank -t zero-shot-history -c movies --case f17`
- `workbench rank -t few-shot -c movies --case f17 --exemplars nearest -o exemplars.n=2`
- `workbench rank -t mine.j2 -c movies --description "slow science fiction" --json`
- `workbench rank -t few-shot -c movies --case f17 --fusion sum -o fusion.walk=1`
- `workbench rank -t zero-shot-history -c movies --case f17 -p history_length=5`
- `workbench rank -t candidates-in-prompt -c movies --case f17 --orders 5`
- `workbench rank -t few-shot -c movies --case f17 --rule "year in 1980..1999" --rule "genres lacks horror"`
- `workbench rank --bundle winner.zip`
"""


def rank(
    context: typer.Context,
    template: arg.Template = None,
    catalog: arg.Catalog = None,
    bundle: arg.Bundle = None,
    case: arg.CaseId = None,
    description: arg.Description = "",
    history: arg.History = None,
    exemplars: arg.Exemplars = DEFAULT.exemplars.name,
    retriever: arg.Retriever = DEFAULT.retriever.name,
    embedder: arg.Embedder = DEFAULT.embedder,
    n_candidates: arg.NCandidates = DEFAULT.n_candidates,
    rule: arg.Rules = None,
    diversity: arg.Diversity = DEFAULT.diversity,
    model: arg.Model = DEFAULT.model.id,
    revision: arg.Revision = DEFAULT.model.revision,
    dtype: arg.Dtype = DEFAULT.model.dtype,
    device: arg.Device = DEFAULT.model.device,
    method: arg.Method = None,
    fusion: arg.Fusion = DEFAULT.fusion.name,
    orders: arg.Orders = DEFAULT.orders,
    k: arg.K = DEFAULT.k,
    seed: arg.Seed = DEFAULT.seed,
    option: arg.Options = None,
    param: arg.Parameters = None,
    as_json: arg.Json = False,
) -> None:
    from workbench.variant_checks import hints_of

    if bundle is not None:
        _refuse_other_settings(context)
        raise typer.Exit(0 if rerun_bundle(Path(bundle), as_json=as_json) else 1)
    if not template or not catalog:
        raise typer.BadParameter("; ".join(["give --template and --catalog, or --bundle", *_fitting(method)]))
    if (case is None) == (not description and not history):
        raise typer.BadParameter("give either --case, or --description and --history")
    workshop = wiring.open_workshop()
    source = find_template(template, workshop)
    choices = arg.read_choices(arg.Names(method or _default_method(source), retriever, exemplars, fusion), option or ())
    spec = ModelSpec(id=model, revision=revision, dtype=dtype, device=device)
    sizes = Variant(
        template=source,
        parameters=arg.read_parameters(source, param or ()),
        embedder=embedder,
        n_candidates=n_candidates,
        rules=tuple(rule or ()),
        diversity=diversity,
        model=spec,
        orders=orders,
        k=k,
        seed=seed,
    )
    variant = sizes.model_copy(update=choices)
    loaded = workshop.catalog(catalog)
    asked = loaded.case(case) if case is not None else typed_case(loaded, description, history or ())
    hints = hints_of(variant)
    for hint in [*hints, *_fitting(variant.method.name)] if hints else ():
        say(f"note: {hint}")
    with progress() as on_progress:
        ranking = workshop.recommend(variant, catalog, asked, cancel=never, on_progress=on_progress)
    labels = _labels(ranking, variant, workshop, catalog)
    _print_ranking(ranking, variant, loaded, labels, as_json=as_json)


def _fitting(method: str | None) -> list[str]:
    """Which templates at hand are written for a method."""
    names = written_for(method) if method else []
    return [f"templates written for {method}: {', '.join(names)}"] if names else []


def find_template(name: str, workshop: "Workshop") -> TemplateSource:
    """A file, or else the last version saved on the page under that name, or else a template of the folders."""
    saved = workshop.store.template_versions(name) if workshop.store and not Path(name).is_file() else ()
    return saved[0].template if saved else load_template(name)


def typed_case(catalog: "Catalog", description: str, history: Sequence[str]) -> Case:
    """A case of one's own, its history checked. Raises CatalogError."""
    return Case(id="typed", description=description, history=tuple(catalog.item(i).id for i in history))


def _refuse_other_settings(context: typer.Context) -> None:
    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = {name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"}
    others = sorted(f"--{name.replace('_', '-')}" for name in given - {"bundle", "as_json"})
    if others:
        raise typer.BadParameter(f"a bundle brings its own settings; leave out {', '.join(others)}")


def _default_method(source: TemplateSource) -> str:
    from workbench.prompts import parse

    return parse(source).front.method


def _labels(ranking: Ranking, variant: Variant, workshop: "Workshop", catalog: str) -> "LabelReport | None":
    """How well the labels were told, where they were asked for and the truth is known."""
    if not any(row.chances for row in ranking.ranked):
        return None
    from workbench.evaluation.labels import label_report
    from workbench.prompts import parse

    grades = workshop.qrels(catalog).get(ranking.case_id, {})
    return label_report(ranking, parse(variant.template).front, grades)


def _print_ranking(
    ranking: Ranking, variant: Variant, catalog: "Catalog", labels: "LabelReport | None", *, as_json: bool
) -> None:
    if as_json:
        from workbench.evaluation.rates import rates
        from workbench.store.documents import Document

        print_json(
            {
                "catalog": catalog.facts.name,
                "catalog_fingerprint": catalog.of_files,
                "variant": variant.model_dump(mode="json"),
                "titles": {row.item_id: catalog.item(row.item_id).title for row in ranking.ranked},
                "ranking": Document(Ranking).plain(ranking),
                "rates": rates(ranking),
                "labels": asdict(labels) if labels else None,
            }
        )
        return
    shown = ranking.ranked[: variant.k]
    whole = all(r.score is None or r.score.is_integer() for r in shown)
    print_table(
        ("rank", "item", "title", "score", "retrieved", "note"),
        [
            (r.rank, r.item_id, catalog.item(r.item_id).title, _score(r, whole=whole), r.candidate_rank, _note(r))
            for r in shown
        ],
        title=f"{catalog.facts.title}, case {ranking.case_id}: {len(shown)} of {len(ranking.ranked)} candidates",
    )
    if labels:
        _print_labels(labels)
    _say_cost(ranking, asked=_asks(variant.template))


def _print_labels(labels: "LabelReport") -> None:
    print_table(
        ("items", "cross-entropy", "all labels alike", "squared error", "accuracy"),
        [(labels.n, labels.cross_entropy, labels.uniform, labels.squared_error, labels.accuracy)],
        title="How well labels were told",
    )
    print_table(
        ("label", "precision", "recall", "items"),
        [(c.label, c.precision, c.recall, c.support) for c in labels.classes],
    )


def _asks(template: TemplateSource) -> bool:
    """Whether the template says itself what retrieval is asked for."""
    from workbench.prompts import has_query, parse

    return has_query(parse(template))


def _score(row: RankedItem, *, whole: bool) -> float | int | None:
    """Methods that find places and no more give the place, its sign turned: no decimals for those."""
    return int(row.score) if whole and row.score is not None else row.score


def _note(row: RankedItem) -> str:
    return ", ".join(filter(None, ("left out by the model" if row.left_out else "", row.explanation)))


def _say_cost(ranking: Ranking, *, asked: bool) -> None:
    if removed := ", ".join(f"{n} {why}" for why, n in ranking.removed.items() if n):
        say(f"left out: {removed}")
    if asked and ranking.query:
        say(f"asked for: {ranking.query}")
    for name, text in ranking.steps.items():
        say(f"{name}: {' '.join(text.split())}")
    for warning in ranking.warnings:
        say(f"warning: {warning}")
    if ranking.lines:
        from workbench.evaluation.rates import counts, said

        say(", ".join(f"{name} {count}" for name, count in said(counts(ranking)).items()))
    usage = ranking.usage
    tokens = usage.prompt_tokens - usage.cached_tokens + usage.scored_tokens + usage.generated_tokens
    cached = f" ({usage.cached_tokens:,} more from the cache)" if usage.cached_tokens else ""
    passes = "1 pass" if usage.passes == 1 else f"{usage.passes} passes"
    say(f"{passes}, {tokens:,} tokens{cached}, {usage.seconds:.1f} s")
