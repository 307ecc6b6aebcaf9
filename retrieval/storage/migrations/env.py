"""How Alembic runs here: on the connection that `storage.database` hands it, never on its own."""

from alembic import context

from retrieval.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
