"""Checks again, before a version gets installed, what publishing it established.

1 the registry attested just this version with just this envelope, 2 somebody whom the trust bundle still knows signed the envelope,
valid when it was attested, 3 a signer still counts for the publisher, 4 the archive is there. Its bytes are hashed by whoever loads
them.
"""

from collections.abc import Callable, Mapping

from kernel import dsse
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import Attestation
from kernel.signing import PublicKey
from kernel.trust import TrustBundle
from registry import signers
from registry.model import Bundle, Version
from registry.ports import Blobs, Tables


class BundleVerifier:
    """Compares a version with its bundle's envelope, attestation and archive."""

    def __init__(
        self, blobs: Blobs, attestation_keys: Callable[[], Mapping[str, PublicKey]], trust: Callable[[], TrustBundle]
    ) -> None:
        self._blobs, self._attestation_keys, self._trust = blobs, attestation_keys, trust

    async def verify(self, tables: Tables, version: Version) -> None:
        """Raises ATTESTATION_INVALID, what `dsse.verify` and `signers.check` raise, and BUNDLE_INTEGRITY for a missing archive."""
        bundle = await tables.bundles.get(version.content_hash)
        if bundle is None:
            raise Fault(Reason.BUNDLE_INTEGRITY, log=f"no bundle {version.content_hash}")
        # 1 the registry attested just this version with just this envelope
        said = self._attested(bundle, version)
        # 2 somebody whom the trust bundle still knows signed the envelope, valid when it was attested
        statement, signed_by = dsse.verify(bundle.envelope, self._trust(), said.attested_at)
        statement.check_time(said.attested_at)
        # 3 a signer still counts for the publisher
        publisher = await tables.publishers.by_name(version.publisher)
        # Publishing lets nobody but this registry say that it signed, and the attestation is its word that it did.
        signers.check(publisher, signed_by, said.attested_at, attested=True, by_registry=bool(statement.attested_by))
        # 4 the archive is there
        if await self._blobs.size(version.content_hash) != bundle.size_bytes:
            raise Fault(Reason.BUNDLE_INTEGRITY, log=f"blob {version.content_hash} is gone or has another size")

    def _attested(self, bundle: Bundle, version: Version) -> Attestation:
        said = Attestation.verify(bundle.attestation, self._attestation_keys())
        told = (said.content_hash, said.envelope_digest, said.name, said.version, said.publisher)
        kept = (version.content_hash, Digest.of(bundle.envelope), version.name, version.version, version.publisher)
        if told != kept:
            raise Fault(Reason.ATTESTATION_INVALID, log=f"{version.content_hash}: attested {told}, recorded {kept}")
        return said
