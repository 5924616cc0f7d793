"""Bundles for the time of a block; for each call, so a class and not a generator, which costs a call several times as much."""

from types import TracebackType

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from runner.bundles.model import Bundle
from runner.ports import Bundles


class using:  # noqa: N801 - reads as a statement: `async with using(bundles, content_hash) as bundle`
    """A bundle that stays in place until the block ends. Raises as `Bundles.take` does."""

    __slots__ = ("_bundles", "_content_hash")

    def __init__(self, bundles: Bundles, content_hash: Digest) -> None:
        self._bundles = bundles
        self._content_hash = content_hash

    async def __aenter__(self) -> Bundle:
        return await self._bundles.take(self._content_hash)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bundles.let_go(self._content_hash)


class granted(using):  # noqa: N801
    """The bundle of a grant: BUNDLE_INTEGRITY in place of NOT_FOUND. The platform lost it, the caller named nothing wrong."""

    __slots__ = ()

    async def __aenter__(self) -> Bundle:
        try:
            return await self._bundles.take(self._content_hash)
        except Fault as fault:
            if fault.reason is Reason.NOT_FOUND:
                raise Fault(
                    Reason.BUNDLE_INTEGRITY, log=f"the registry granted {self._content_hash} and does not have it"
                ) from fault
            raise
