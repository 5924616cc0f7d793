"""A call is run once, and once more with a new grant when nothing ran because of the old one."""

from collections.abc import Callable
from typing import Final

from gateway.model import Answer, Call, InstallRoute
from gateway.ports import Runner
from gateway.resolver import InstallKey, Resolver
from kernel.errors import Fault, Reason

# The runner ran nothing: the grant was of no use to it, so a new one is worth one more try.
_RENEW: Final = frozenset({Reason.GRANT_EXPIRED, Reason.GRANT_STALE, Reason.VERSION_REVOKED})


class Attempts:
    """`timeout_ms`: how long the registry may take for a new grant."""

    def __init__(self, resolver: Resolver, runner: Runner, timeout_ms: int) -> None:
        self._resolver, self._runner, self._seconds = resolver, runner, timeout_ms / 1e3

    async def run(self, key: InstallKey, route: InstallRoute, call: Call, again: Callable[[InstallRoute], Call]) -> Answer:
        """The answer to `call`, whose grant is of `route`, or to what `again` makes of it for a new route.

        Raises as runner, resolver and `again` do; EXTENSION_REVOKED and UNAVAILABLE where new grants are of no use either.
        """
        try:
            return await self._runner.execute(call)
        except Fault as fault:
            if fault.reason not in _RENEW:
                raise
        self._resolver.forget_install(key, route)
        try:
            # Perhaps of another version by now: the runner hears of an update before or after this gateway.
            call = again(await self._resolver.install(key, self._seconds))
        except Fault as fault:
            raise fault.before_anything_ran() from fault.__cause__
        try:
            return await self._runner.execute(call)
        except Fault as fault:
            if fault.reason is Reason.VERSION_REVOKED:
                raise Fault(Reason.EXTENSION_REVOKED, log=str(fault)).before_anything_ran() from fault
            if fault.reason in _RENEW:
                refused = Fault(Reason.UNAVAILABLE, log=f"the runner refuses new grants: {fault}")
                raise refused.before_anything_ran() from fault
            raise
