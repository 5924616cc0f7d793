"""The bundle of a grant: one that the registry promised to have."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from runner.bundles.model import Bundle
from runner.ports import Bundles


@asynccontextmanager
async def granted(bundles: Bundles, content_hash: Digest) -> AsyncIterator[Bundle]:
    """As `Bundles.use`, but BUNDLE_INTEGRITY where that raises NOT_FOUND: the platform lost it, the caller named nothing wrong."""
    async with AsyncExitStack() as stack:
        try:
            bundle = await stack.enter_async_context(bundles.use(content_hash))
        except Fault as fault:
            if fault.reason is Reason.NOT_FOUND:
                raise Fault(Reason.BUNDLE_INTEGRITY, log=f"the registry granted {content_hash} and does not have it") from fault
            raise
        yield bundle
