"""What alembic runs to apply the scripts beside it, on the connection that `catalog.migration` hands over."""

from alembic import context

from penstock.catalog.tables import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
