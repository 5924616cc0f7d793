"""Sealed secrets of installs, tenants' egress lists and credentials."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply. Of installs that are there, no tenant said anything."""
    op.add_column("tenant_extension_install", sa.Column("egress", sa.JSON(), nullable=True))
    op.add_column("tenant_extension_install", sa.Column("credentials", sa.JSON(), nullable=True))
    op.add_column(
        "tenant_extension_install", sa.Column("secrets_revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.create_table(
        "tenant_extension_install_secrets",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("install_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("boxes", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "install_id"],
            ["tenant_extension_install.tenant_id", "tenant_extension_install.id"],
            name="fk_tenant_extension_install_secrets_tenant_id_install_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "install_id", "name", name="pk_tenant_extension_install_secrets"),
    )
