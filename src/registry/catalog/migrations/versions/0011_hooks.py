"""Where the UIs of versions want to appear in the host application."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply. Versions that are there appear nowhere: their manifests are not at hand here."""
    op.add_column("extension_version", sa.Column("hooks", sa.JSON(), server_default=sa.text("'{}'"), nullable=False))
