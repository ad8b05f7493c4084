"""Evaluation: measures of rankings and comparisons between them."""
