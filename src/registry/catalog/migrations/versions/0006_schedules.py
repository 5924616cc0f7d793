"""Schedules of installs, and what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_SCHEDULE, _OCCURRENCE = "tenant_extension_schedule", "tenant_extension_schedule_occurrence"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        _SCHEDULE,
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("install_id", sa.String(36), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("path", sa.String(512), nullable=False),
        sa.Column("name", sa.String(128)),
        sa.Column("cron", sa.String(128), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.Text()),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("last_run_at", sa.BigInteger()),
        sa.Column("last_run_status", sa.String(16)),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_SCHEDULE}")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "install_id"],
            ["tenant_extension_install.tenant_id", "tenant_extension_install.id"],
            name=op.f(f"fk_{_SCHEDULE}_tenant_id_install_id"),
        ),
        sa.UniqueConstraint("tenant_id", "install_id", "name", name=op.f(f"uq_{_SCHEDULE}_tenant_id_install_id_name")),
    )
    op.create_index(op.f(f"ix_{_SCHEDULE}_next_at"), _SCHEDULE, ["next_at"])
    op.create_table(
        _OCCURRENCE,
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("schedule_id", sa.String(36), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("manual", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("lease_ends", sa.BigInteger()),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_OCCURRENCE}")),
        sa.ForeignKeyConstraint(["schedule_id"], [f"{_SCHEDULE}.id"], name=op.f(f"fk_{_OCCURRENCE}_schedule_id")),
        sa.UniqueConstraint("schedule_id", "due_at", name=op.f(f"uq_{_OCCURRENCE}_schedule_id_due_at")),
    )
    op.create_index(op.f(f"ix_{_OCCURRENCE}_state_tenant_id"), _OCCURRENCE, ["state", "tenant_id"])
