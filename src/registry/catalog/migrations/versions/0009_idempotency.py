"""Idempotency keys of calls, and their sums."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "tenant_extension_idempotency",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("install_id", sa.String(36), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("principal", sa.String(64), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("claim_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("lease_ends", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("kept_bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "install_id"],
            ["tenant_extension_install.tenant_id", "tenant_extension_install.id"],
            name="fk_tenant_extension_idempotency_tenant_id_install_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "install_id", "scope", name="pk_tenant_extension_idempotency"),
    )
    for columns in (["expires_at"], ["tenant_id", "expires_at"]):
        op.create_index(f"ix_tenant_extension_idempotency_{'_'.join(columns)}", "tenant_extension_idempotency", columns)
    op.create_table(
        "tenant_extension_idempotency_usage",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("principal", sa.String(64), nullable=False),
        sa.Column("keys", sa.Integer(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "principal", name="pk_tenant_extension_idempotency_usage"),
    )
