"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "extension_bundle",
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("attestation", sa.LargeBinary(), nullable=False),
        sa.Column("attestation_signature", sa.LargeBinary(), nullable=False),
        sa.Column("attestation_key_id", sa.String(length=71), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_extension_bundle")),
    )
    op.create_table(
        "install_change",
        sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("install_id", sa.String(length=36), nullable=False),
        sa.Column("extension_id", sa.String(length=36), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_install_change")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "publisher",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publisher")),
        sa.UniqueConstraint("name", name=op.f("uq_publisher_name")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default=sa.text("('')"), nullable=False),
        sa.Column("publisher_id", sa.String(length=36), nullable=True),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["publisher_id"], ["publisher.id"], name=op.f("fk_api_key_publisher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_key_publisher_id"), ["publisher_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_key_tenant_id_created_at"), ["tenant_id", "created_at"], unique=False)

    op.create_table(
        "extension_registry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("publisher_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("deprecation", sa.String(length=1000), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["publisher_id"], ["publisher.id"], name=op.f("fk_extension_registry_publisher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_registry")),
        sa.UniqueConstraint("name", name=op.f("uq_extension_registry_name")),
    )
    with op.batch_alter_table("extension_registry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extension_registry_publisher_id"), ["publisher_id"], unique=False)

    op.create_table(
        "publisher_key",
        sa.Column("key_id", sa.String(length=71), nullable=False),
        sa.Column("publisher_id", sa.String(length=36), nullable=False),
        sa.Column("public_key_pem", sa.String(length=1024), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["publisher_id"], ["publisher.id"], name=op.f("fk_publisher_key_publisher_id")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_publisher_key")),
    )
    with op.batch_alter_table("publisher_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_publisher_key_publisher_id"), ["publisher_id"], unique=False)

    op.create_table(
        "extension_version",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("extension_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("capabilities", sa.JSON(), nullable=False),
        sa.Column("ui_entry", sa.String(length=255), nullable=True),
        sa.Column("has_handler", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("timeout_ms", sa.BigInteger(), nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("request_bytes", sa.BigInteger(), nullable=False),
        sa.Column("response_bytes", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["extension_bundle.content_hash"], name=op.f("fk_extension_version_content_hash")
        ),
        sa.ForeignKeyConstraint(["extension_id"], ["extension_registry.id"], name=op.f("fk_extension_version_extension_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_version")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_extension_version_content_hash")),
        sa.UniqueConstraint("extension_id", "version", name=op.f("uq_extension_version_extension_id_version")),
    )
    with op.batch_alter_table("extension_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extension_version_extension_id"), ["extension_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_extension_version_state"), ["state"], unique=False)

    op.create_table(
        "extension_visibility",
        sa.Column("extension_id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["extension_id"], ["extension_registry.id"], name=op.f("fk_extension_visibility_extension_id")),
        sa.PrimaryKeyConstraint("extension_id", "tenant_id", name=op.f("pk_extension_visibility")),
    )
    op.create_table(
        "extension_api_endpoint",
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("handler", sa.String(length=128), nullable=False),
        sa.Column("timeout_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["extension_version.id"], name=op.f("fk_extension_api_endpoint_version_id")),
        sa.PrimaryKeyConstraint("version_id", "position", name=op.f("pk_extension_api_endpoint")),
    )
    op.create_table(
        "tenant_extension_install",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("extension_id", sa.String(length=36), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("granted_capabilities", sa.JSON(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["extension_id"], ["extension_registry.id"], name=op.f("fk_tenant_extension_install_extension_id")),
        sa.ForeignKeyConstraint(["version_id"], ["extension_version.id"], name=op.f("fk_tenant_extension_install_version_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tenant_extension_install")),
        sa.UniqueConstraint("tenant_id", "extension_id", name=op.f("uq_tenant_extension_install_tenant_id_extension_id")),
    )
    with op.batch_alter_table("tenant_extension_install", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tenant_extension_install_extension_id"), ["extension_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tenant_extension_install_version_id"), ["version_id"], unique=False)

    op.create_table(
        "extension_storage",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("install_id", sa.String(length=36), nullable=False),
        sa.Column("namespace", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "install_id"],
            ["tenant_extension_install.tenant_id", "tenant_extension_install.id"],
            name=op.f("fk_extension_storage_tenant_id_install_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "install_id", "namespace", "key", name=op.f("pk_extension_storage")),
    )
    op.create_table(
        "extension_storage_usage",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("install_id", sa.String(length=36), nullable=False),
        sa.Column("namespace", sa.String(length=128), nullable=False),
        sa.Column("keys", sa.Integer(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "install_id"],
            ["tenant_extension_install.tenant_id", "tenant_extension_install.id"],
            name=op.f("fk_extension_storage_usage_tenant_id_install_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "install_id", "namespace", name=op.f("pk_extension_storage_usage")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("extension_storage_usage")
    op.drop_table("extension_storage")
    with op.batch_alter_table("tenant_extension_install", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tenant_extension_install_version_id"))
        batch_op.drop_index(batch_op.f("ix_tenant_extension_install_extension_id"))

    op.drop_table("tenant_extension_install")
    op.drop_table("extension_api_endpoint")
    op.drop_table("extension_visibility")
    with op.batch_alter_table("extension_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_extension_version_state"))
        batch_op.drop_index(batch_op.f("ix_extension_version_extension_id"))

    op.drop_table("extension_version")
    with op.batch_alter_table("publisher_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_publisher_key_publisher_id"))

    op.drop_table("publisher_key")
    with op.batch_alter_table("extension_registry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_extension_registry_publisher_id"))

    op.drop_table("extension_registry")
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_key_tenant_id_created_at"))
        batch_op.drop_index(batch_op.f("ix_api_key_publisher_id"))

    op.drop_table("api_key")
    op.drop_table("publisher")
    op.drop_table("install_change")
    op.drop_table("extension_bundle")
