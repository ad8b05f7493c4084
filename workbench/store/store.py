"""The Store: the only meeting point of page, jobs and command line; whatever is in it survives a killed server."""

from functools import cached_property

from workbench.store.comparisons import Comparisons
from workbench.store.drafts import Drafts
from workbench.store.exemplars import Exemplars
from workbench.store.experiments import Experiments
from workbench.store.memo import Memo
from workbench.store.templates import Templates
from workbench.store.votes import Votes


class Store(Drafts, Templates, Comparisons, Exemplars, Experiments, Votes):
    """Drafts, template versions, comparisons, exemplars, experiments, votes and the memo in one database; safe to
    share between threads.

    `Store(url)` takes an SQLAlchemy URL (see `Paths.database_url`), makes the database if it is not there and
    migrates it. Several processes may open one database at once.
    """

    @cached_property
    def memo(self) -> Memo:
        return Memo(self)
