"""A search begun, or found again: the same file over the same cases is the same search."""

from pathlib import Path

from workbench.experiments.config import FindTemplate
from workbench.search.config import SearchConfig
from workbench.search.folder import SearchFolder, folder_of
from workbench.search.plan import SearchPlan
from workbench.search.planning import plan_search
from workbench.workshop import Workshop


def begin(config: SearchConfig, workshop: Workshop, find_template: FindTemplate, *, folder: Path) -> SearchFolder:
    """The search's folder with its plan in it; nothing is asked yet but proposals of a rewriter. Files are looked for
    in `folder`. Raises WorkbenchError with everything that is wrong."""
    data = workshop.paths.data

    def known(search_id: str) -> SearchPlan | None:
        found = folder_of(data, search_id)
        return found.plan() if (found.path / "plan.json").is_file() else None

    plan = plan_search(config, workshop, find_template, folder=folder, known=known)
    made = folder_of(data, plan.id)
    made.begin(plan)
    return made
