"""Limits of host calls and of the log, and limits that tenants set."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply. Zero says nothing, as the manifests of all versions that are there do."""
    for name in ("host_calls", "host_bytes", "log_lines", "log_bytes"):
        op.add_column("extension_version", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("tenant_extension_install", sa.Column("limits", sa.JSON(), nullable=True))
