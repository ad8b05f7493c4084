"""Experiments made of one variant: more and more exemplars, and the variant with one part less."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from workbench.catalogs.catalog import Catalog
from workbench.errors import Problem, VariantError
from workbench.experiments.planning import name_after, plan_experiment
from workbench.prompts import parse, reads
from workbench.store.experiment import AskedCase, ExperimentPlan
from workbench.variant import Choice, Variant
from workbench.variant_checks import problems_of

COUNTS = (0, 1, 2, 4, 8)
MOST = 50
"""Variants of one experiment."""
_TAG = re.compile(r"\{%-?\+?\s*(\w+)")
_ROLES = ("system", "user", "assistant")
_OPENING = ("for", "if", "with", "macro", "call", "filter", "autoescape", "step", "query")
_NEEDED = ("set", "macro", "import", "from", "step", "query", "call", *_ROLES, *(f"end{role}" for role in _ROLES))
"""What others rest upon, or what is no part of the prompt's text: never taken out."""


def few_shot_curve(variant: Variant, counts: Sequence[int] = COUNTS) -> tuple[Variant, ...]:
    """The variant with each number of exemplars, none first; of exemplars picked by hand, the first so many, and all.
    Raises VariantError where there is nothing to vary."""
    if not reads(parse(variant.template), "exemplars"):
        fix = "choose a template that reads `exemplars`, such as few-shot"
        raise VariantError(Problem("its template shows no exemplars", f"variant {variant.label}", fix))
    options = variant.exemplars.options
    by_hand = len(_ids(variant, "ids")) if variant.exemplars.name == "by_hand" else None
    if variant.exemplars.name == "none" or by_hand == 0:
        fix = "choose an exemplar policy, such as nearest"
        raise VariantError(Problem("it has no exemplars to take away", f"variant {variant.label}", fix))
    wanted = [n for n in counts if n <= by_hand] if by_hand else list(counts)
    found = []
    for n in dict.fromkeys([*wanted, *([by_hand] if by_hand else [])]):
        choice = Choice(name="none")
        if n and by_hand:
            choice = Choice(name="by_hand", options={"ids": _ids(variant, "ids")[:n]})
        elif n:
            choice = Choice(
                name=variant.exemplars.name, options={**options, "n": n, **_locked(_ids(variant, "locked")[:n])}
            )
        found.append(variant.model_copy(update={"label": f"{variant.label}, {shots(n)}", "exemplars": choice}))
    return tuple(found)


def shots(n: int) -> str:
    return f"{n} exemplar" if n == 1 else f"{n} exemplars"


def count_of(variant: Variant) -> int:
    """How many exemplars a variant asks for at most."""
    if variant.exemplars.name == "none":
        return 0
    if variant.exemplars.name == "by_hand":
        return len(_ids(variant, "ids"))
    n = variant.exemplars.options.get("n", 3)
    return max(n if isinstance(n, int) else 3, len(_ids(variant, "locked")))


def ablations(variant: Variant, catalog: Catalog) -> tuple[Variant, ...]:
    """The variant as it is, then without each block of its template, then without each exemplar that was picked by
    name, or with one exemplar fewer where a policy picks them. What would no longer run is left out."""
    found = [variant]
    for block in blocks_of(variant.template.source):
        source = block.without(variant.template.source)
        template = variant.template.model_copy(update={"source": source})
        label = f"{variant.label} without {block.name}"
        found.append(variant.model_copy(update={"label": label, "template": template}))
    found += _fewer_exemplars(variant)
    able = [v for v in found if v is variant or not problems_of(v, catalog)]
    return tuple({v.digest: v for v in reversed(able)}.values())[::-1][:MOST]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines [start, end) of a template's text, counted from 0, that can be taken out together."""

    start: int
    end: int
    text: str

    @property
    def name(self) -> str:
        """The lines as people count them, and how they begin."""
        lines = f"line {self.start + 1}" if self.end == self.start + 1 else f"lines {self.start + 1}-{self.end}"
        return f"{lines}: {self.text[:32].rstrip()}{'…' if len(self.text) > 32 else ''}"

    def without(self, source: str) -> str:
        lines = source.split("\n")
        return "\n".join([*lines[: self.start], *lines[self.end :]])


def blocks_of(source: str) -> tuple[Block, ...]:
    """What a template's text is made of below its front matter: each statement with all that is inside it, each
    paragraph of plain text. Roles are opened: what stands in them counts, they themselves do not. Steps, queries,
    macros and `set` stay, and so does the end of a plain prompt, which is where the model goes on."""
    lines = source.split("\n")
    first = lines.index("---", 1) + 1 if lines[0].rstrip() == "---" and "---" in lines[1:] else 0
    pieces = list(_pieces(lines, first))
    last = max((at for at, line in enumerate(lines) if line.strip()), default=0)
    return tuple(
        Block(start, end, lines[start].strip())
        for start, end in pieces
        if end <= last and not any(tag in _NEEDED for line in lines[start:end] for tag in _TAG.findall(line))
    )


def _pieces(lines: Sequence[str], first: int) -> Iterator[tuple[int, int]]:
    """Where each statement, each paragraph and each line with a role begins and ends."""
    depth, start, in_text = 0, None, False
    for at in range(first, len(lines)):
        line, tags = lines[at], _TAG.findall(lines[at])
        plain = not tags and depth == 0
        if start is not None and depth == 0 and not (plain and in_text and line.strip()):
            yield start, at
            start = None
        if start is None and (line.strip() or depth):
            start, in_text = at, plain
        depth += sum(tag in _OPENING for tag in tags) - sum(tag in _ENDS for tag in tags)
    if start is not None:
        yield start, len(lines)


_ENDS = tuple(f"end{name}" for name in _OPENING)


def _fewer_exemplars(variant: Variant) -> Iterator[Variant]:
    named = "ids" if variant.exemplars.name == "by_hand" else "locked"
    ids, options = _ids(variant, named), variant.exemplars.options
    n = count_of(variant)
    for dropped in ids:
        left: dict[str, JsonValue] = {
            **options,
            named: [i for i in ids if i != dropped],
            **({} if named == "ids" else {"n": max(1, n - 1)}),
        }
        yield _with(variant, f"exemplar {dropped}", Choice(name=variant.exemplars.name, options=left))
    if not ids and n > 1:
        yield _with(variant, "one exemplar", Choice(name=variant.exemplars.name, options={**options, "n": n - 1}))
    if n:
        yield _with(variant, "exemplars", Choice(name="none"))


def _with(variant: Variant, less: str, exemplars: Choice) -> Variant:
    return variant.model_copy(update={"label": f"{variant.label} without {less}", "exemplars": exemplars})


def _ids(variant: Variant, name: str) -> list[JsonValue]:
    found = variant.exemplars.options.get(name, [])
    return list(found) if isinstance(found, list | tuple) else []


def _locked(ids: list[JsonValue]) -> dict[str, JsonValue]:
    return {"locked": ids} if ids else {}


def derived_plan(
    plan: ExperimentPlan, loaded: Catalog, cases: Sequence[AskedCase], variants: Sequence[Variant], what: str
) -> ExperimentPlan:
    """A plan over the same cases for other variants, the first of them as baseline, without controls. Raises
    VariantError, and where the catalog has changed since."""
    if loaded.fingerprint != plan.catalog_fingerprint:
        problem = f"the catalog {plan.catalog!r} is no longer the one that the experiment was planned for"
        raise VariantError(Problem(problem, fix="start the experiment again first"))
    kept = plan.model_dump(include={"catalog", "measure", "cutoffs", "repeats", "shuffle", "seed", "worth"})
    settings = {**kept, "embedders": plan.embedders, "baseline": variants[0].label, "controls": False}
    return plan_experiment(name_after(plan.name, what), loaded, cases, variants, **settings)


def variant_of(plan: ExperimentPlan, label: str) -> Variant:
    """Raises VariantError for a label that the plan has not."""
    found = {v.label: v for v in plan.variants}
    if label not in found:
        raise VariantError(Problem(f"no variant {label!r}", fix=f"known: {', '.join(found)}"))
    return found[label]


def curve_plan(plan: ExperimentPlan, loaded: Catalog, cases: Sequence[AskedCase], label: str) -> ExperimentPlan:
    """The few-shot curve of one of a plan's variants."""
    return derived_plan(plan, loaded, cases, few_shot_curve(variant_of(plan, label)), f"few-shot curve of {label}")


def ablation_plan(plan: ExperimentPlan, loaded: Catalog, cases: Sequence[AskedCase], label: str) -> ExperimentPlan:
    """One of a plan's variants with one part less, each in turn."""
    return derived_plan(plan, loaded, cases, ablations(variant_of(plan, label), loaded), f"what {label} needs")


def curve_counts(plan: ExperimentPlan) -> dict[str, int]:
    """Label -> number of exemplars, where the variants differ in their exemplars alone and in how many; else {}."""
    same = {v.model_copy(update={"label": "", "exemplars": Choice(name="none")}).digest for v in plan.variants}
    counts = {v.label: count_of(v) for v in plan.variants}
    return counts if len(same) == 1 and len(set(counts.values())) == len(counts) > 2 else {}
