"""Checks again, before a version gets installed, what publishing it established."""

from collections.abc import Mapping

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import Attestation
from kernel.signing import PublicKey
from registry.model import Version
from registry.ports import Blobs, Tables


class BundleVerifier:
    """Compares a version with its bundle's envelope, attestation and archive."""

    def __init__(self, blobs: Blobs, keys: Mapping[str, PublicKey]) -> None:
        self._blobs, self._keys = blobs, keys

    async def verify(self, tables: Tables, version: Version) -> None:
        """Raises ATTESTATION_INVALID, and BUNDLE_INTEGRITY when the archive is gone or has another size.

        Its bytes are hashed by whoever loads them.
        """
        bundle = await tables.bundles.get(version.content_hash)
        if bundle is None:
            raise Fault(Reason.BUNDLE_INTEGRITY, log=f"no bundle {version.content_hash}")
        said = Attestation.verify(bundle.attestation, self._keys)
        told = (said.content_hash, said.envelope_digest, said.name, said.version, said.publisher)
        kept = (version.content_hash, Digest.of(bundle.envelope), version.name, version.version, version.publisher)
        if told != kept:
            raise Fault(Reason.ATTESTATION_INVALID, log=f"{version.content_hash}: attested {told}, recorded {kept}")
        if await self._blobs.size(version.content_hash) != bundle.size_bytes:
            raise Fault(Reason.BUNDLE_INTEGRITY, log=f"blob {version.content_hash} is gone or has another size")
