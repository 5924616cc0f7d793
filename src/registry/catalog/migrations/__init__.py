"""Alembic's environment; imported only when the database has to be brought forward."""
