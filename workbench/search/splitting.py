"""Cases to choose on, and cases kept apart: split by user, so that nobody is on both sides."""

import hashlib
from collections.abc import Sequence

from workbench.store.experiment import AskedCase


def split(
    cases: Sequence[AskedCase], *, share: float, seed: int
) -> tuple[tuple[AskedCase, ...], tuple[AskedCase, ...]]:
    """(to search on, kept apart): the users in the order of a hash of seed and name, the first `share` of them kept
    apart. A case without a user is a user of its own. Both sides are shuffled by the seed, so that any first so many of
    a side are a fair draw of it."""
    users = sorted({_user(asked) for asked in cases}, key=lambda user: _hash(seed, "user", user))
    apart = set(users[: round(share * len(users))])
    shuffled = sorted(cases, key=lambda asked: _hash(seed, "case", asked.case.id))
    return tuple(a for a in shuffled if _user(a) not in apart), tuple(a for a in shuffled if _user(a) in apart)


def _user(asked: AskedCase) -> str:
    return f"user {asked.case.user}" if asked.case.user else f"case {asked.case.id}"


def _hash(seed: int, what: str, name: str) -> str:
    return hashlib.sha256(f"{seed}:{what}:{name}".encode("utf-8", "surrogatepass")).hexdigest()
