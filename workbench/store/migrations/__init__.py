"""The schema's history, oldest first in `versions/`; run when a store is opened."""
