"""Validity and revocation of publishers' keys, who signed what, egress, consent, configuration."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply. Who signed the bundles that are there is read from their envelopes, which were verified when they came."""
    op.create_table(
        "extension_bundle_signer",
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("signer", sa.Integer(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=71), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["extension_bundle.content_hash"], name=op.f("fk_extension_bundle_signer_content_hash")
        ),
        sa.PrimaryKeyConstraint("content_hash", "signer", "depth", name=op.f("pk_extension_bundle_signer")),
    )
    with op.batch_alter_table("extension_bundle_signer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extension_bundle_signer_key_id"), ["key_id"], unique=False)
    op.create_table(
        "tenant_extension_install_config",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("install_id", sa.String(length=36), nullable=False),
        sa.Column("configuration", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "install_id"],
            ["tenant_extension_install.tenant_id", "tenant_extension_install.id"],
            name=op.f("fk_tenant_extension_install_config_tenant_id_install_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "install_id", name=op.f("pk_tenant_extension_install_config")),
    )
    op.add_column("publisher_key", sa.Column("authority", sa.Boolean(), server_default=sa.text("0"), nullable=False))
    for name in ("not_before", "not_after", "compromised_since"):
        op.add_column("publisher_key", sa.Column(name, sa.BigInteger(), nullable=True))
    with op.batch_alter_table("publisher_key", schema=None) as batch_op:
        batch_op.drop_constraint("pk_publisher_key", type_="primary")
        batch_op.create_primary_key("pk_publisher_key", ["key_id", "publisher_id"])
    added = sa.text("public_key_pem != ''")
    op.create_index("uq_publisher_key_added", "publisher_key", ["key_id"], unique=True, sqlite_where=added, postgresql_where=added)
    op.add_column("extension_version", sa.Column("egress", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("tenant_extension_install", sa.Column("pending_update", sa.JSON(), nullable=True))
    _record_signers()


def _record_signers() -> None:
    connection = op.get_bind()
    known = sa.text(
        "SELECT k.key_id FROM publisher_key k JOIN extension_registry e ON e.publisher_id = k.publisher_id"
        " JOIN extension_version v ON v.extension_id = e.id WHERE v.content_hash = :hash"
    )
    add = sa.text("INSERT INTO extension_bundle_signer (content_hash, signer, depth, key_id) VALUES (:hash, :signer, 0, :key)")
    for content_hash, envelope in connection.execute(sa.text("SELECT content_hash, envelope FROM extension_bundle")).all():
        theirs = set(connection.execute(known, {"hash": content_hash}).scalars())
        named = [item["keyid"] for item in json.loads(envelope)["signatures"] if item["keyid"] in theirs]
        for signer, key in enumerate(dict.fromkeys(named)):
            connection.execute(add, {"hash": content_hash, "signer": signer, "key": key})
