"""The use-cases "what does this runner do" and "which versions does it have": they look and change nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from kernel import fields
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from runner.ops.gate import Gate
from runner.ops.model import Cached, CacheState, Compiled, PoolState, RunnerState, VersionState
from runner.ops.ports import ArtifactView, BundleView, IsolationView, PoolView, StandingView

_TOKEN_RULE: Final = "must be the next_page_token of the page before"  # noqa: S105 - of a page


class Look:
    """Looks at the parts of a runner; `now` is called once, when it begins."""

    def __init__(
        self,
        gate: Gate,
        pool: PoolView,
        bundles: BundleView,
        artifacts: ArtifactView,
        isolation: IsolationView,
        standing: StandingView,
        now: Callable[[], datetime],
    ) -> None:
        self._gate = gate
        self._pool = pool
        self._bundles = bundles
        self._artifacts = artifacts
        self._isolation = isolation
        self._standing = standing
        self._since = now()

    async def state(self) -> RunnerState:
        """The runner at this moment. Raises UNAVAILABLE when its disk cannot be read."""
        compiled = await self._compiled()
        cached = self._bundles.cached()
        return RunnerState(
            since=self._since,
            draining=self._gate.draining,
            registry_heard=self._standing.heard(),
            requests=self._gate.requests,
            pool=self._pool.state(),
            alone=self._pool.state_alone(),
            cache=CacheState(
                bundles=len(cached),
                verified=sum(one.verified for one in cached),
                bundle_bytes=sum(one.bytes_used for one in cached),
                bundle_limit=self._bundles.max_bytes,
                artifacts=len(compiled),
                artifact_bytes=sum(one.size for one in compiled),
                artifact_limit=self._artifacts.max_bytes,
            ),
        )

    async def versions(self, page_size: int, page_token: str) -> tuple[list[VersionState], str]:
        """A page of what is here, by content hash, and the token of the next one. Raises INVALID_ARGUMENT, UNAVAILABLE."""
        page = fields.page(page_size, page_token, keys=1)
        try:
            after = Digest.parse(page.after[0]) if page.after else None
        except Fault as fault:
            raise Fault.invalid("page_token", _TOKEN_RULE) from fault
        sizes = {one.content_hash: one.size for one in await self._compiled() if one.usable}
        found = {one.content_hash: one for one in self._bundles.cached()}
        hashes = sorted(one for one in found.keys() | sizes.keys() if after is None or one > after)
        shown, pool = hashes[: page.size], self._pool.state()
        versions = [self._version(one, found.get(one), sizes.get(one, 0), pool) for one in shown]
        return versions, fields.next_token(shown[-1].hex) if len(hashes) > len(shown) else ""

    def _version(self, content_hash: Digest, cached: Cached | None, artifact_bytes: int, pool: PoolState) -> VersionState:
        path = self._artifacts.path_of(content_hash)
        return VersionState(
            bundle=cached or Cached(content_hash, "", "", 0, 0),
            artifact_bytes=artifact_bytes,
            loaded_in=tuple(place.index for place in pool.places if path in place.loaded),
            isolated_seconds=self._isolation.seconds_left(path),
            revoked=self._standing.revoked(content_hash),
        )

    async def _compiled(self) -> Sequence[Compiled]:
        try:
            return await self._artifacts.compiled()
        except OSError as error:
            raise Fault(Reason.UNAVAILABLE, log=f"artifact cache: {error}") from error
