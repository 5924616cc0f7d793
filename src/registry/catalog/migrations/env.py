"""Alembic's entry point: `registry.catalog.migrate` tells the database."""

from alembic import context
from sqlalchemy import create_engine, event

from registry.catalog import tables_schedules  # noqa: F401 - adds its tables
from registry.catalog.tables import METADATA


def run() -> None:
    """Run the migrations in one transaction: all of them, or none."""
    engine = create_engine(context.config.attributes["url"])

    @event.listens_for(engine, "connect")
    def connected(connection, _record):  # type: ignore[no-untyped-def]  # a driver's connection has no public type
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begun(connection):  # type: ignore[no-untyped-def]
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
