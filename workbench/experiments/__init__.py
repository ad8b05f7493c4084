"""Experiments: variants tried on many cases, in the background or from the command line, stopped and resumed."""
