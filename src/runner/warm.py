"""The use-case "make the first call fast": 1. refuse revoked bundles, 2. fetch and verify, 3. compile."""

from kernel.digest import Digest
from runner.bundles.granted import using
from runner.ports import Artifacts, Bundles, Standing


class Warm:
    """Prepares bundles."""

    def __init__(self, standing: Standing, bundles: Bundles, artifacts: Artifacts) -> None:
        self._standing = standing
        self._bundles = bundles
        self._artifacts = artifacts

    async def run(self, content_hash: Digest) -> bool:
        """Answers whether this call compiled it; a bundle without a server side needs no compiling.

        Raises what the rpc `Warm` names.
        """
        # 1. refuse revoked bundles
        self._standing.check_bundle(content_hash)
        # 2. fetch and verify
        async with using(self._bundles, content_hash) as bundle:
            # 3. compile
            if bundle.wasm is None:
                return False
            _, compiled = await self._artifacts.get(content_hash, bundle.wasm)
            return compiled
