"""A plan for an experiment: which cases are asked, with everything that is needed to ask them again."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from workbench.advice import language_of
from workbench.catalogs.catalog import Catalog, nearest
from workbench.code_version import code_version
from workbench.errors import CatalogError, Problem, VariantError, raise_all
from workbench.evaluation.labels import LABELS, label_problems
from workbench.evaluation.measures import less_is_better, names_of
from workbench.records import Case, Qrels
from workbench.store.documents import Document
from workbench.store.experiment import AskedCase, ExperimentPlan
from workbench.variant import NAME_LENGTH, Variant
from workbench.variant_checks import problems_of

_CASE = Document(Case)
NAMED = 20
"""Wrong names that are written out; the others are counted."""
LENGTHS = ((0, "none"), (2, "1 to 2"), (5, "3 to 5"))


def plan_experiment(
    name: str, loaded: Catalog, cases: Sequence[AskedCase], variants: Sequence[Variant], **settings: Any
) -> ExperimentPlan:
    """The plan with the catalog's fingerprint and this code's version; `settings` are its other fields, the name
    under which the catalog was loaded among them. Raises VariantError with all that would stop a variant, and for a
    measure or a baseline that is not there."""
    plan = _plan(
        name=name,
        catalog_fingerprint=loaded.fingerprint,
        cases_digest=digest_of(cases),
        n_cases=len(cases),
        variants=tuple(variants),
        code_version=code_version(),
        **settings,
    )
    problems = [
        Problem(p.what, f"variant {v.label}, {p.where}", p.fix, p.line, p.column)
        for v in variants
        for p in problems_of(v, loaded)
    ]
    raise_all(VariantError, [*problems, *_problems(plan)])
    return plan


def name_after(name: str, what: str) -> str:
    """What an experiment that follows from one of that name is called, cut to what there is room for."""
    return f"{name[: max(0, NAME_LENGTH - len(what) - 2)]}: {what}"[:NAME_LENGTH]


def _plan(**fields: Any) -> ExperimentPlan:
    try:
        return ExperimentPlan(**fields)
    except ValidationError as error:
        found = [Problem(p["msg"], ".".join(map(str, p["loc"]))) for p in error.errors()]
        raise VariantError(*found) from error


def _problems(plan: ExperimentPlan) -> list[Problem]:
    labels, known, found = [v.label for v in plan.variants], (*names_of(plan.cutoffs), *LABELS), []
    counted = Counter(entry.label for entry in plan.entries)
    if doubled := [label for label, n in counted.items() if n > 1]:
        what = f"entries of one name: {', '.join(map(repr, doubled))}"
        fix = "give each variant its own, and none that a control or a baseline has"
        found.append(Problem(what, "variants", fix))
    if plan.baseline not in labels:
        found.append(Problem(f"no variant {plan.baseline!r}", "baseline", f"one of {', '.join(labels)}"))
    if plan.measure not in known:
        found.append(Problem(f"unknown measure {plan.measure!r}", "measure", f"known: {', '.join(known)}"))
    if plan.measure in LABELS:
        found += label_problems(plan.variants, plan.measure)
    if plan.worth > 1 and not (plan.measure in LABELS and less_is_better(plan.measure)):
        what = f"{plan.worth:g} is more than {plan.measure} can differ by"
        found.append(Problem(what, "worth", "write a number above 0 and up to 1"))
    if len(plan.name) > NAME_LENGTH:
        found.append(Problem(f"{len(plan.name)} characters", "name", f"write at most {NAME_LENGTH}"))
    if not plan.n_cases:
        found.append(Problem("no case is left to ask", "cases", "widen the filter, or choose a catalog with cases"))
    return found


def choose_cases(
    catalog: Catalog,
    qrels: Qrels,
    *,
    limit: int | None = None,
    segments: Sequence[str] = (),
    ids: Sequence[str] = (),
    seed: int = 0,
) -> tuple[AskedCase, ...]:
    """The catalog's cases that the filter leaves, in its order; a limit draws that many of them by the seed. Raises
    VariantError with all that the filter names and the catalog has not."""
    places = _places(catalog)
    found = filtered(catalog, limit=limit, segments=segments, ids=ids, seed=seed)
    return tuple(asked(case, qrels.get(case.id, {}), catalog, places) for case in found)


def filtered(
    catalog: Catalog,
    *,
    limit: int | None = None,
    segments: Sequence[str] = (),
    ids: Sequence[str] = (),
    seed: int = 0,
) -> list[Case]:
    """The cases alone: what `choose_cases` asks about, at no cost."""
    raise_all(VariantError, list(_wrong_filter(catalog, segments, ids)))
    found = [catalog.case(i) for i in ids] if ids else list(catalog.cases)
    found = [case for case in found if not segments or case.segment in segments]
    if limit is not None and limit < len(found):
        drawn = set(random.Random(f"cases:{seed}").sample(range(len(found)), limit))
        found = [case for at, case in enumerate(found) if at in drawn]
    return found


def _wrong_filter(catalog: Catalog, segments: Sequence[str], ids: Sequence[str]) -> Iterator[Problem]:
    if repeated := [i for i, n in Counter(ids).items() if n > 1]:
        what = f"cases named more than once: {_some(repeated)}"
        yield Problem(what, "cases.ids", "name each once; `repeats` asks a case again")
    known_ids = [case.id for case in catalog.cases]
    if unknown := sorted(set(ids) - set(known_ids), key=list(ids).index):
        near = nearest(unknown[0], known_ids) if len(unknown) == 1 else ""
        near = near or f"ids here are like {_some(known_ids[:3])}"
        yield Problem(f"catalog {catalog.meta.name} has no case {_some(unknown)}", "cases.ids", near)
    known = sorted({case.segment for case in catalog.cases})
    if foreign := [s for s in segments if s not in known]:
        yield Problem(f"no segment {_some(foreign)}", "cases.segments", f"known: {', '.join(map(repr, known))}")


def _some(names: Sequence[str]) -> str:
    """The first of them, and how many more there are: a list of another catalog may have thousands."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(map(repr, names[:NAMED])) + more


def asked(case: Case, grades: Mapping[str, int], catalog: Catalog, places: Mapping[str, float]) -> AskedCase:
    """The case with the parts of the cases that it belongs to. Its digest covers which items are right, for that says
    which exemplars it must not be shown; their grades have a digest of their own."""
    relevant = sorted(i for i, grade in grades.items() if grade > 0)
    length = next((words for most, words in LENGTHS if len(case.history) <= most), "6 or more")
    slices = {"segment": case.segment or "none", "history length": length, "language": language_of(case, catalog)}
    if relevant:
        place = sum(places[i] for i in relevant) / len(relevant)
        slices["popularity of the target"] = "head" if place < 1 / 3 else "middle" if place < 2 / 3 else "tail"
    return AskedCase(case, digest([_CASE.plain(case), relevant]), slices, digest(dict(grades)))


def digest_of(cases: Sequence[AskedCase]) -> str:
    """Of the cases with all their grades: what every result over them depends on."""
    return digest([[asked.digest, asked.grades] for asked in cases])


def check_grades(cases: Sequence[AskedCase], qrels: Qrels, where: str) -> None:
    """Raises CatalogError where the truth has changed since the cases were chosen: results before and after it are
    not to be compared."""
    changed = [a.case.id for a in cases if a.grades and a.grades != digest(dict(qrels.get(a.case.id, {})))]
    if changed:
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        what = f"the grades of {len(changed)} of {len(cases)} cases were changed: {', '.join(changed[:5])}{more}"
        fix = "start a new experiment, for which no model is asked again, or put the grades back"
        raise CatalogError(Problem(what, where, f"{fix}; what is done of this one stays"))


def digest(content: object) -> str:
    """SHA-256 (hex) over canonical JSON."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _places(catalog: Catalog) -> dict[str, float]:
    """Item id -> its place by popularity, from 0 for the most popular to 1."""
    ordered = sorted(catalog.popularity.items(), key=lambda pair: (-pair[1], pair[0]))
    return {item_id: at / len(ordered) for at, (item_id, _) in enumerate(ordered)}
