"""The interactions of a catalog as columns, and what of them was known when a case was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench.catalogs.columns import Interactions, as_columns
from workbench.records import Case, Interaction

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Rows = NDArray[numpy.int64]
    Times = NDArray[numpy.float64]
    Mask = NDArray[numpy.bool_]


_PLAIN = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$"


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Row n of `user`, `item` and `time` is one interaction: the place of its user in `users`, of its item in the
    catalog, and its seconds since 1970. Interactions with items that the catalog lacks are not in it."""

    users: Mapping[str, int]
    user: "Rows"
    item: "Rows"
    time: "Times"

    def known_to(self, case: Case) -> "Mask":
        """Which interactions a prior may count for this case: nothing of its own user, nothing at its time or later.
        One without a time counts as long ago; a case without a time knows everything of others."""
        allowed = self.user != self.users.get(case.user, -1) if case.user else self.user >= 0
        if case.time:
            allowed = allowed & (self.time < seconds(case.time))
        return allowed


def timeline_of(interactions: Sequence[Interaction], rows: Mapping[str, int]) -> Timeline:
    """`rows` is item id -> its place in the catalog."""
    import numpy

    columns = as_columns(interactions)
    users = {user: row for row, user in enumerate(columns.user.values)}
    places = numpy.array([rows.get(item, -1) for item in columns.item.values], dtype=numpy.int64)
    item = places[columns.item.codes]
    known = item >= 0
    return Timeline(users, columns.user.codes[known], item[known], times_of(columns)[known])


def times_of(interactions: Interactions) -> "Times":
    """The seconds of each row."""
    import numpy

    values = interactions.time.values
    times = plain_times(values)
    if times is None:
        times = numpy.array([seconds(time) for time in values], dtype=numpy.float64)
    found: Times = times[interactions.time.codes]
    return found


def plain_times(texts: Sequence[str]) -> "Times | None":
    """`seconds` of each text at once, where all are written like 2026-03-01T18:30:00; else None."""
    import numpy
    import pyarrow.compute

    if not texts or not all(len(text) == 19 for text in texts):
        return None
    if not pyarrow.compute.all(pyarrow.compute.match_substring_regex(pyarrow.array(texts), _PLAIN)).as_py():
        return None
    try:
        found: Times = numpy.array(texts, dtype="datetime64[s]").astype(numpy.int64).astype(numpy.float64)
    except ValueError:  # the 31st of February
        return None
    return found


def seconds(time: str) -> float:
    """ISO 8601 as seconds since 1970, UTC where no offset is said; "" counts as long ago."""
    if not time:
        return float("-inf")
    moment = datetime.fromisoformat(time)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
