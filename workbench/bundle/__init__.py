"""Bundles: an exported variant that reruns elsewhere to the same ranking."""

from workbench.bundle.reading import read_bundle
from workbench.bundle.record import Bundle, Solved, make_bundle
from workbench.bundle.rerunning import Check, differences, rerun
from workbench.bundle.writing import write_bundle

__all__ = ["Bundle", "Check", "Solved", "differences", "make_bundle", "read_bundle", "rerun", "write_bundle"]
