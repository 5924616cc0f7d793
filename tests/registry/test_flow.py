"""The main job: publish, install, resolve, read."""

from datetime import UTC, datetime

from gen.alga.registry.v1 import extension_pb2
from kernel.capabilities import DEFAULTS
from kernel.convert import signed_from_proto
from kernel.digest import Digest
from kernel.grants import Attestation, ExecutionGrant
from kernel.signing import TrustedKeys
from tests.registry.bundles import NAME, bundle
from tests.registry.stack import Stack


async def test_publish_install_resolve_and_read(stack: Stack) -> None:
    signed = bundle(stack.publisher_key)
    published = await stack.clients["acme"].publish(signed)
    assert not published.existed
    version = published.version
    assert (version.name, version.version, version.state) == (NAME, "1.0.0", extension_pb2.VERSION_STATE_ACTIVE)
    assert (version.ui_entry, version.has_handler) == ("ui/index.html", False)

    install = await stack.clients["admin-a"].install("a", NAME)
    assert set(install.granted_capabilities) == DEFAULTS | {"cap:storage.kv"}

    resolved = await stack.clients["gateway"].resolve("a", NAME)
    keys = TrustedKeys.of([stack.grant_key.public])
    grant = ExecutionGrant.verify(signed_from_proto(resolved.grant), keys, datetime.now(UTC))
    assert (grant.tenant_id, grant.install_id, grant.content_hash) == ("a", install.id, signed.digest)
    assert (grant.expires_at - grant.issued_at).total_seconds() == 30

    header, archive = await stack.clients["runner"].read_bundle(str(signed.digest))
    assert (archive, header.envelope) == (signed.archive, signed.envelope)
    said = Attestation.verify(signed_from_proto(header.attestation), TrustedKeys.of([stack.attestation_key.public]))
    assert (said.content_hash, said.tar_digest) == (signed.digest, signed.statement.tar)
    assert said.envelope_digest == Digest.of(signed.envelope)
