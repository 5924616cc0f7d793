"""Who may call an install, and whether a version is meant for client-portal users."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply. Versions that are there count as not meant for client-portal users: their manifests are not at hand here."""
    op.add_column("tenant_extension_install", sa.Column("access", sa.JSON(), nullable=True))
    op.add_column("extension_version", sa.Column("client_portal", sa.Boolean(), server_default=sa.text("0"), nullable=False))
