"""Calibration of attributes: whether a list has as much of each genre, brand or topic as the history has."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum, log

from workbench.catalogs.catalog import Catalog

ALPHA = 0.01
"""How much of the history's own shares is mixed into the list's, so that no share is 0 (Steck, 2018, section 3.1)."""
MOST_VALUES = 100
"""An attribute with more different values than this names things more than it groups them, and is left out."""
KINDS = ("list", "text", "boolean")

Shares = Mapping[str, float]


@dataclass(frozen=True)
class Calibration:
    """Looks at the first k of a list; what of the catalog it needs is read once."""

    catalog: Catalog
    k: int

    def numbers(self, history: Sequence[str], item_ids: Sequence[str]) -> dict[str, float]:
        """`KL genres@10` for each attribute that groups items: the Kullback-Leibler divergence in nats of the list's
        shares from the history's, 0 for the same shares. An attribute that none of the history, or of the list, has is
        left out. Steck (2018), "Calibrated Recommendations", equations 2, 3 and 5, all items weighing alike."""
        found = {}
        for name, values in self._values.items():
            wanted, given = shares(history, values), shares(item_ids[: self.k], values)
            if wanted and given:
                found[f"KL {name}@{self.k}"] = divergence(wanted, given)
        return found

    @cached_property
    def _values(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Attribute -> item id -> its values, for the attributes that group items: some value is of two, and there are
        MOST_VALUES at most."""
        found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for item in self.catalog.items:
            for name, kind in self.catalog.meta.attributes.items():
                value = item.attributes.get(name)
                if kind in KINDS and value not in (None, "", ()):
                    found[name][item.id] = value if isinstance(value, tuple) else (str(value),)
        return {name: values for name, values in found.items() if _groups(values)}


def _groups(values: Mapping[str, tuple[str, ...]]) -> bool:
    counts = Counter(value for of_item in values.values() for value in set(of_item))
    return 2 <= len(counts) <= MOST_VALUES and max(counts.values()) > 1


def shares(item_ids: Sequence[str], values: Mapping[str, tuple[str, ...]]) -> Shares:
    """Value -> its share over the items that have one; an item of several values gives each an equal part."""
    known = [values[i] for i in item_ids if i in values]
    total: dict[str, float] = defaultdict(float)
    for of_item in known:
        for value in of_item:
            total[value] += 1 / len(of_item) / len(known)
    return total


def divergence(wanted: Shares, given: Shares, *, alpha: float = ALPHA) -> float:
    """KL(wanted || given) in nats, `given` smoothed by `alpha` of `wanted`."""
    return fsum(p * log(p / ((1 - alpha) * given.get(value, 0.0) + alpha * p)) for value, p in wanted.items() if p > 0)
