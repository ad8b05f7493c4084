"""Engines: frozen causal language models."""
