"""Calls of installs, and what they used day by day."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
_INSTALL = ["tenant_extension_install.tenant_id", "tenant_extension_install.id"]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "extension_execution_log",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("install_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=128), nullable=False),
        sa.Column("extension_id", sa.String(length=36), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        sa.Column("usage", sa.JSON(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("lines_truncated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "install_id"], _INSTALL, name=op.f("fk_extension_execution_log_tenant_id_install_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "install_id", "id", name=op.f("pk_extension_execution_log")),
    )
    for columns in (["tenant_id", "install_id", "started_at", "id"], ["tenant_id", "install_id", "request_id"], ["started_at"]):
        op.create_index(op.f(f"ix_extension_execution_log_{'_'.join(columns)}"), "extension_execution_log", columns)
    op.create_table(
        "extension_quota_usage",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("install_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("executions", "failures", "egress_bytes", "storage_bytes", "host_wait_us", "handler_us", "log_bytes")
        ),
        sa.Column("failures_by_blame", sa.JSON(), nullable=False),
        sa.Column("host_calls", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "install_id"], _INSTALL, name=op.f("fk_extension_quota_usage_tenant_id_install_id")),
        sa.PrimaryKeyConstraint("tenant_id", "install_id", "day", name=op.f("pk_extension_quota_usage")),
    )
    op.create_index(op.f("ix_extension_quota_usage_day"), "extension_quota_usage", ["day"])
