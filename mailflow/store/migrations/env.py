"""alembic runs this file for each command; what it needs was handed over by `migrations._configured`."""

from alembic import context

given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=given["metadata"],
    render_item=given["render_item"],
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
    on_version_apply=given.get("applied"),
)
with context.begin_transaction():
    context.run_migrations()
