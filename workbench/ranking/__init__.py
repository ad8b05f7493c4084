"""Ranking methods: how a list comes out of an engine."""

from workbench.ranking.constrained import Constrained
from workbench.ranking.fusion import FUSIONS
from workbench.ranking.generation import Generation
from workbench.ranking.likelihood import Likelihood
from workbench.ranking.listwise import Letters
from workbench.ranking.pairwise import Pairwise
from workbench.ranking.pointwise import Pointwise
from workbench.ranking.protocol import RankingMethod
from workbench.ranking.setwise import Setwise

METHODS: dict[str, type[RankingMethod]] = {
    "likelihood": Likelihood,
    "pointwise": Pointwise,
    "letters": Letters,
    "pairwise": Pairwise,
    "setwise": Setwise,
    "generation": Generation,
    "constrained": Constrained,
}

__all__ = ["FUSIONS", "METHODS", "RankingMethod"]
