"""The tables of idempotency keys. Times as in `tables`."""

from typing import Final

from sqlalchemy import JSON, BigInteger, Column, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Table

from registry.catalog.tables import METADATA

tenant_extension_idempotency: Final = Table(
    "tenant_extension_idempotency",
    METADATA,
    Column("tenant_id", String(64), primary_key=True),
    Column("install_id", String(36), primary_key=True),
    Column("scope", String(64), primary_key=True),
    Column("principal", String(64), nullable=False),
    Column("request_hash", LargeBinary(32), nullable=False),
    Column("claim_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("lease_ends", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("status", Integer),
    Column("headers", JSON),
    Column("body", LargeBinary),
    Column("kept_bytes", BigInteger),  # of the answer; absent = it is not kept
    ForeignKeyConstraint(["tenant_id", "install_id"], ["tenant_extension_install.tenant_id", "tenant_extension_install.id"]),
    Index(None, "expires_at"),
    Index(None, "tenant_id", "expires_at"),
)
# Sums that a quota check would otherwise count row by row; those of a whole tenant have an empty principal.
tenant_extension_idempotency_usage: Final = Table(
    "tenant_extension_idempotency_usage",
    METADATA,
    Column("tenant_id", String(64), primary_key=True),
    Column("principal", String(64), primary_key=True),
    Column("keys", Integer, nullable=False),
    Column("total_bytes", BigInteger, nullable=False),
)
