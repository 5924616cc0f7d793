"""The tables of schedules. Times as in `tables`."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from registry.catalog.tables import METADATA

tenant_extension_schedule: Final = Table(
    "tenant_extension_schedule",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("tenant_id", String(64), nullable=False),
    Column("install_id", String(36), nullable=False),
    Column("method", String(8), nullable=False),
    Column("path", String(512), nullable=False),
    Column("name", String(128)),
    Column("cron", String(128), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("payload", Text),
    Column("next_at", BigInteger, index=True),
    Column("last_run_at", BigInteger),
    Column("last_run_status", String(16)),
    Column("last_error", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "install_id"], ["tenant_extension_install.tenant_id", "tenant_extension_install.id"]),
    UniqueConstraint("tenant_id", "install_id", "name"),
)
# A schedule fires once for a time: the constraint says so whatever claims.
tenant_extension_schedule_occurrence: Final = Table(
    "tenant_extension_schedule_occurrence",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("tenant_id", String(64), nullable=False),
    Column("schedule_id", String(36), ForeignKey("tenant_extension_schedule.id"), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("manual", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("started_at", BigInteger),
    Column("lease_ends", BigInteger),
    Column("finished_at", BigInteger),
    Column("status", Integer, nullable=False),
    Column("error", Text, nullable=False),
    UniqueConstraint("schedule_id", "due_at"),
    Index(None, "state", "tenant_id"),
)
