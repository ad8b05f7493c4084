"""Alembic's entry: migrate over the connection that `database.migrate` hands in, inside its transaction."""

from alembic import context

from workbench.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can't alter most things of a table in place
)
context.run_migrations()
