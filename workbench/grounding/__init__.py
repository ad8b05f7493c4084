"""Grounding: text of a model to items of the catalog."""

from workbench.grounding.matching import match
from workbench.grounding.meaning import Meanings
from workbench.grounding.normalising import normalised
from workbench.grounding.parsing import parse_list
from workbench.grounding.readings import ParsedLine

__all__ = ["Meanings", "ParsedLine", "match", "normalised", "parse_list"]
