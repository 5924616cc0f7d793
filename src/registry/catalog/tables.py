"""The tables, as SQLAlchemy knows them; a test compares them with what the migrations make.

Times are microseconds since 1970 in UTC: SQLite has no type of its own for them, and integers sort.
"""

from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_ID, _NAME, _HASH, _TENANT = String(36), String(128), String(64), String(64)


def _key(name: str, target: str, *, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    return Column(name, _ID, ForeignKey(target), nullable=nullable, index=True, primary_key=primary_key)


publisher: Final = Table(
    "publisher",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
)
# A key signs for one publisher; that it is revoked anybody may note beforehand, for themselves alone.
publisher_key: Final = Table(
    "publisher_key",
    METADATA,
    Column("key_id", String(71), primary_key=True),
    _key("publisher_id", "publisher.id", primary_key=True),
    Column("public_key_pem", String(1024), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("authority", Boolean, nullable=False, server_default=text("0")),
    Column("not_before", BigInteger),
    Column("not_after", BigInteger),
    Column("compromised_since", BigInteger),
    Index(
        "uq_publisher_key_added",
        "key_id",
        unique=True,
        sqlite_where=text("public_key_pem != ''"),
        postgresql_where=text("public_key_pem != ''"),
    ),
)
extension_registry: Final = Table(
    "extension_registry",
    METADATA,
    Column("id", _ID, primary_key=True),
    _key("publisher_id", "publisher.id"),
    Column("name", _NAME, nullable=False, unique=True),
    Column("visibility", String(16), nullable=False),
    Column("deprecation", String(1000)),
    Column("created_at", BigInteger, nullable=False),
)
extension_visibility: Final = Table(
    "extension_visibility",
    METADATA,
    Column("extension_id", _ID, ForeignKey("extension_registry.id"), primary_key=True),
    Column("tenant_id", _TENANT, primary_key=True),
)
extension_bundle: Final = Table(
    "extension_bundle",
    METADATA,
    Column("content_hash", _HASH, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("attestation", LargeBinary, nullable=False),
    Column("attestation_signature", LargeBinary, nullable=False),
    Column("attestation_key_id", String(71), nullable=False),
)
# Which keys a bundle's envelope is signed with: those of signers, and of the certificates above them.
extension_bundle_signer: Final = Table(
    "extension_bundle_signer",
    METADATA,
    Column("content_hash", _HASH, ForeignKey("extension_bundle.content_hash"), primary_key=True),
    Column("signer", Integer, primary_key=True),
    Column("depth", Integer, primary_key=True),
    Column("key_id", String(71), nullable=False, index=True),
)
extension_version: Final = Table(
    "extension_version",
    METADATA,
    Column("id", _ID, primary_key=True),
    _key("extension_id", "extension_registry.id"),
    Column("version", String(128), nullable=False),
    Column("content_hash", _HASH, ForeignKey("extension_bundle.content_hash"), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("capabilities", JSON, nullable=False),
    Column("egress", JSON, nullable=False, server_default=text("'[]'")),
    Column("client_portal", Boolean, nullable=False, server_default=text("0")),
    Column("hooks", JSON, nullable=False, server_default=text("'{}'")),
    Column("ui_entry", String(255)),
    Column("has_handler", Boolean, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("timeout_ms", BigInteger, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("request_bytes", BigInteger, nullable=False),
    Column("response_bytes", BigInteger, nullable=False),
    Column("host_calls", BigInteger, nullable=False, server_default=text("0")),
    Column("host_bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("log_lines", BigInteger, nullable=False, server_default=text("0")),
    Column("log_bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("published_at", BigInteger, nullable=False),
    UniqueConstraint("extension_id", "version"),
    Index(None, "state"),
)
extension_api_endpoint: Final = Table(
    "extension_api_endpoint",
    METADATA,
    Column("version_id", _ID, ForeignKey("extension_version.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("method", String(8), nullable=False),
    Column("path", String(512), nullable=False),
    Column("handler", String(128), nullable=False),
    Column("timeout_ms", Integer, nullable=False),
)
tenant_extension_install: Final = Table(
    "tenant_extension_install",
    METADATA,
    Column("tenant_id", _TENANT, primary_key=True),
    Column("id", _ID, primary_key=True),
    _key("extension_id", "extension_registry.id"),
    _key("version_id", "extension_version.id"),
    Column("enabled", Boolean, nullable=False),
    Column("granted_capabilities", JSON, nullable=False),
    Column("pending_update", JSON),
    Column("limits", JSON),
    Column("egress", JSON),
    Column("credentials", JSON),
    Column("secrets_revision", BigInteger, nullable=False, server_default=text("0")),
    Column("access", JSON),
    Column("revision", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("tenant_id", "extension_id"),
)
_INSTALL: Final = ["tenant_extension_install.tenant_id", "tenant_extension_install.id"]
tenant_extension_install_config: Final = Table(
    "tenant_extension_install_config",
    METADATA,
    Column("tenant_id", _TENANT, primary_key=True),
    Column("install_id", _ID, primary_key=True),
    Column("configuration", JSON, nullable=False),
    ForeignKeyConstraint(["tenant_id", "install_id"], _INSTALL),
)
_ENDS: Final[dict[str, Any]] = {f"{dialect}_where": text("expires_at IS NOT NULL") for dialect in ("sqlite", "postgresql")}
tenant_extension_install_secrets: Final = Table(
    "tenant_extension_install_secrets",
    METADATA,
    Column("tenant_id", _TENANT, primary_key=True),
    Column("install_id", _ID, primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("boxes", JSON, nullable=False),
    Column("expires_at", BigInteger),
    Column("updated_at", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "install_id"], _INSTALL),
)
extension_storage: Final = Table(
    "extension_storage",
    METADATA,
    Column("tenant_id", _TENANT, primary_key=True),
    Column("install_id", _ID, primary_key=True),
    Column("namespace", String(128), primary_key=True),
    Column("key", String(256), primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    ForeignKeyConstraint(["tenant_id", "install_id"], _INSTALL),
    Index("ix_extension_storage_ends", "expires_at", **_ENDS),
    Index("ix_extension_storage_ends_of", "tenant_id", "install_id", "expires_at", **_ENDS),
)
# Sums that a quota check would otherwise count row by row.
extension_storage_usage: Final = Table(
    "extension_storage_usage",
    METADATA,
    Column("tenant_id", _TENANT, primary_key=True),
    Column("install_id", _ID, primary_key=True),
    Column("namespace", String(128), primary_key=True),
    Column("keys", Integer, nullable=False),
    Column("total_bytes", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "install_id"], _INSTALL),
)
extension_execution_log: Final = Table(
    "extension_execution_log",
    METADATA,
    Column("tenant_id", _TENANT, primary_key=True),
    Column("install_id", _ID, primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("request_id", String(128), nullable=False),
    Column("extension_id", _ID, nullable=False),
    Column("version_id", _ID, nullable=False),
    Column("content_hash", _HASH, nullable=False),
    Column("trigger", String(16), nullable=False),
    Column("method", String(16), nullable=False),
    Column("path", String(512), nullable=False),
    Column("status", Integer, nullable=False),
    Column("reason", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("duration_us", BigInteger, nullable=False),
    Column("usage", JSON, nullable=False),
    Column("lines", JSON, nullable=False),
    Column("lines_truncated", Boolean, nullable=False),
    ForeignKeyConstraint(["tenant_id", "install_id"], _INSTALL),
    Index(None, "tenant_id", "install_id", "started_at", "id"),
    Index(None, "tenant_id", "install_id", "request_id"),
    Index(None, "started_at"),
)
# One row for each install and day in UTC.
extension_quota_usage: Final = Table(
    "extension_quota_usage",
    METADATA,
    Column("tenant_id", _TENANT, primary_key=True),
    Column("install_id", _ID, primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("executions", BigInteger, nullable=False),
    Column("failures", BigInteger, nullable=False),
    Column("egress_bytes", BigInteger, nullable=False),
    Column("storage_bytes", BigInteger, nullable=False),
    Column("host_wait_us", BigInteger, nullable=False),
    Column("handler_us", BigInteger, nullable=False),
    Column("log_bytes", BigInteger, nullable=False),
    Column("failures_by_blame", JSON, nullable=False),
    Column("host_calls", JSON, nullable=False),
    ForeignKeyConstraint(["tenant_id", "install_id"], _INSTALL),
    Index(None, "day"),
)
api_key: Final = Table(
    "api_key",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("tenant_id", _TENANT, nullable=False, server_default=text("''")),
    _key("publisher_id", "publisher.id", nullable=True),
    Column("label", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("person", JSON),
    Index(None, "tenant_id", "created_at"),
)
# AUTOINCREMENT: a revision is never used twice, also after old rows were removed.
install_change: Final = Table(
    "install_change",
    METADATA,
    Column("revision", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("tenant_id", _TENANT, nullable=False),
    Column("install_id", String(36), nullable=False),
    Column("extension_id", _ID, nullable=False),
    Column("content_hash", _HASH, nullable=False),
    sqlite_autoincrement=True,
)
