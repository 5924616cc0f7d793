"""Signs attestations that were made with an earlier key again with today's, so that the earlier one can go.

1 find a bundle whose attestation is of another key, 2 verify it with the keys that are trusted, 3 sign the same statement, as of
the same time, 4 write it, unless somebody else did. Each bundle is a transaction of its own: publishes go on in between.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import Attestation
from kernel.signing import PublicKey, Signed, SigningKey
from registry.ports import Catalog

PAGE: Final = 50  # rows; an envelope has up to 64 KiB


@dataclass(frozen=True, slots=True)
class Reattested:
    """Number of attestations that were signed again, and of those that had today's signature already."""

    signed: int
    unchanged: int


class Reattest:
    """The use-case; one for the process. `trusted` are today's key and the earlier ones."""

    def __init__(self, catalog: Catalog, key: SigningKey, trusted: Callable[[], Mapping[str, PublicKey]]) -> None:
        self._catalog, self._key, self._trusted = catalog, key, trusted

    async def reattest(self) -> Reattested:
        """Raises ATTESTATION_INVALID at the first that no trusted key made; those before it are signed by then."""
        after, signed, unchanged, trusted = "", 0, 0, self._trusted()
        while True:
            # 1 find a bundle whose attestation is of another key
            async with self._catalog.read() as tables:
                page = await tables.records.bundles(after, PAGE)
            for row in page:
                if row.attestation.key_id != self._key.public.key_id:
                    await self._sign(row.content_hash, row.attestation, trusted)
                    signed += 1
                else:
                    unchanged += 1
            if len(page) < PAGE:
                return Reattested(signed, unchanged)
            after = page[-1].content_hash.hex

    async def _sign(self, content_hash: Digest, old: Signed, trusted: Mapping[str, PublicKey]) -> None:
        # 2 verify it with the keys that are trusted
        said = Attestation.verify(old, trusted)
        if said.content_hash != content_hash:
            raise Fault(Reason.ATTESTATION_INVALID, log=f"the attestation of {content_hash} is about {said.content_hash}")
        # 3 sign the same statement, as of the same time
        new = said.sign(self._key)
        async with self._catalog.write() as tables:
            # 4 write it, unless somebody else did
            bundle = await tables.bundles.get(content_hash)
            if bundle is not None and bundle.attestation == old:
                await tables.bundles.attest(content_hash, new)
