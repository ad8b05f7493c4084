"""Search: a better variant among many, chosen on some cases and confirmed once on others that were kept apart."""
