"""Entries of storage that end by themselves."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply. What is stored already stays until it is removed."""
    op.add_column("extension_storage", sa.Column("expires_at", sa.BigInteger(), nullable=True))
    ends: dict[str, Any] = {f"{dialect}_where": sa.text("expires_at IS NOT NULL") for dialect in ("sqlite", "postgresql")}
    op.create_index("ix_extension_storage_ends", "extension_storage", ["expires_at"], **ends)
    op.create_index("ix_extension_storage_ends_of", "extension_storage", ["tenant_id", "install_id", "expires_at"], **ends)
