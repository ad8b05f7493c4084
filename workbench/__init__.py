"""A zero/few-shot prompt engineering workbench for recommendation."""

__version__ = "0.1.0"
