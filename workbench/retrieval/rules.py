"""Hard rules about candidates, one line of text each: `year >= 1990`, `genres in Comedy, Drama`, `in_stock = yes`."""

import operator
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial, reduce
from typing import Any

from workbench.catalogs.catalog import Catalog
from workbench.errors import Problem, VariantError
from workbench.records import Attribute, Item
from workbench.retrieval.left_out import LeftOut, rows_of
from workbench.shelf import Shelf

WHERE = "candidate rules"
FORM = "NAME TEST VALUE, as in `year >= 1990`, `year in 1990..1999`, `genres in Comedy, Drama`, `title lacks remix`"
TESTS = ("=", "!=", ">=", "<=", ">", "<", "not in", "in", "contains", "lacks")
HISTORY = "@history"
_barred = Shelf(32)
"""What rules take away, by catalog and rule: the same ones are asked of every case."""
_LINE = re.compile(r"\s*(\w+)\s*(!=|>=|<=|=|>|<|\bnot\s+in\b|\bin\b|\bcontains\b|\blacks\b)\s*(.*?)\s*")
_RANGE = re.compile(r"(.+?)\.\.(.+)")
_TRUTHS = {"yes": True, "true": True, "no": False, "false": False}
_OPPOSITE = {"!=": "=", "not in": "in", "lacks": "contains"}
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line, read. An item without the attribute passes only the tests that say what it must not be."""

    text: str
    name: str
    test: str
    passes: Callable[[Attribute], bool]
    spelt: str
    """The line with what stands for something spelt out: what it means in one catalog."""
    ends: Callable[[Item], Attribute] | None = None
    """Of a relation: what stands at its other end."""

    def allows(self, item: Item) -> bool:
        if self.ends is not None:
            return self.passes(self.ends(item))
        value = getattr(item, self.name) if self.name in ("id", "title", "text") else item.attributes.get(self.name)
        return self.passes(value)


def read_rules(lines: Sequence[str], catalog: Catalog, *, history: Sequence[str] = ()) -> list[Rule]:
    """Raises VariantError with every line that is not a rule about this catalog's items. `history` is what `@history`
    stands for in rules about relations between items."""
    relations = dict.fromkeys(catalog.meta.relations, "list")
    kinds = {"id": "text", "title": "text", "text": "text", **catalog.meta.attributes, **relations}
    found, problems = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(_with_ends(_read(_spelt_out(line, catalog, history), kinds), line, catalog))
        except ValueError as error:
            problems.append(Problem(f"{line.strip()!r}: {error}", WHERE, f"write {FORM}", line=number))
    if problems:
        raise VariantError(*problems)
    return found


def _spelt_out(line: str, catalog: Catalog, history: Sequence[str]) -> str:
    """The line with the ids of the history in place of `@history`."""
    name, _, _ = line.strip().partition(" ")
    if HISTORY not in line:
        return line
    if catalog.meta.relations.get(name) != "items":
        raise ValueError(f"only a relation between items can be compared with {HISTORY}")
    return line.replace(HISTORY, ",".join(history) or HISTORY)


def _with_ends(rule: Rule, line: str, catalog: Catalog) -> Rule:
    """An item at the other end of a relation goes by its id or its title."""
    if rule.name not in catalog.meta.relations:
        return rule

    def ends(item: Item) -> Attribute:
        found = catalog.neighbours.get(item.id, {}).get(rule.name, ())
        return tuple(name for end in found for name in ((end.id, end.title) if isinstance(end, Item) else (end,)))

    return replace(rule, text=line.strip(), ends=ends)


def leave_out(rules: Sequence[Rule], catalog: Catalog, history: Set[str]) -> tuple[LeftOut, dict[str, int]]:
    """What neither history nor rules allow, and rule -> how many items it took away of those that were still there: an
    item counts for the first rule only."""
    few = rows_of(catalog, history)
    if not rules:
        return LeftOut(catalog, few), {}
    key = (catalog.fingerprint, *(rule.spelt for rule in rules))
    gone = [_barred.get((catalog.fingerprint, rule.spelt), partial(_barred_by, rule, catalog)) for rule in rules]
    barred = _barred.get(key, partial(reduce, operator.or_, gone)) if len(rules) > 1 else gone[0]
    out, counts = LeftOut(catalog, few).mask.copy(), Counter[str]()
    for rule, mask in zip(rules, gone, strict=True):
        counts[rule.text] += int((mask & ~out).sum())
        out |= mask
    return LeftOut(catalog, few, barred, key), dict(counts)


def _barred_by(rule: Rule, catalog: Catalog) -> Any:
    """bool [items]: what the rule takes away. Of a relation, only items that have any are looked at."""
    import numpy

    if rule.ends is None:
        return numpy.fromiter((not rule.allows(item) for item in catalog.items), numpy.bool_, len(catalog.items))
    found = numpy.full(len(catalog.items), not rule.passes(()))
    for item_id in catalog.neighbours:
        found[catalog.rows[item_id]] = not rule.allows(catalog.item(item_id))
    return found


def _read(line: str, kinds: Mapping[str, str]) -> Rule:
    match = _LINE.fullmatch(line)
    if not match:
        raise ValueError("not a rule")
    name, test, value = match[1], " ".join(match[2].split()), match[3]
    if name not in kinds:
        near = get_close_matches(name, kinds, n=1)
        raise ValueError(f"items have no `{name}`; " + (f"did you mean `{near[0]}`?" if near else ", ".join(kinds)))
    if not value:
        raise ValueError("nothing to compare with")
    positive = _test(_OPPOSITE.get(test, test), value, kinds[name])
    passes = positive if test not in _OPPOSITE else lambda given: not positive(given)
    return Rule(line.strip(), name, test, passes, line.strip())


def _test(test: str, value: str, kind: str) -> Callable[[Attribute], bool]:
    if test in _ORDER:
        compare, limit = _ORDER[test], _number(value, kind)
        return lambda given: _is_number(given) and compare(float(given), limit)  # type: ignore[arg-type]
    if test == "contains":
        part = value.casefold()
        return lambda given: any(part in str(one).casefold() for one in _each(given))
    if test == "in" and (ends := _RANGE.fullmatch(value)):
        low, high = _number(ends[1], kind), _number(ends[2], kind)
        return lambda given: _is_number(given) and low <= float(given) <= high  # type: ignore[arg-type]
    wanted = {_plain(part, kind) for part in (value.split(",") if test == "in" else [value])}
    return lambda given: any(_comparable(one) in wanted for one in _each(given))


def _number(text: str, kind: str) -> float:
    if kind not in ("integer", "number"):
        raise ValueError(f"a {kind} has no order; use =, in or contains")
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text.strip()!r} is not a number") from None


def _plain(text: str, kind: str) -> str | float | bool:
    text = text.strip()
    if kind in ("integer", "number"):
        return _number(text, kind)
    if kind == "boolean":
        if text.casefold() not in _TRUTHS:
            raise ValueError(f"{text!r} is neither yes nor no")
        return _TRUTHS[text.casefold()]
    return text.casefold()


def _comparable(value: Attribute) -> Attribute | float:
    return value.casefold() if isinstance(value, str) else value


def _each(value: Attribute) -> Sequence[Attribute]:
    """The parts of a list; one value is a list of one, none of none."""
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _is_number(value: Attribute) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
