"""A call of an install, by whichever route it came: the policy that it passes, and how it is run.

1 find the install, 2 find the endpoint and decide whether the caller may, 3 count it, 4 run it, in a place among those that run at
once, and once for an idempotency key of the client's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from gateway.attempts import Attempts
from gateway.authorize.gate import Gate
from gateway.endpoints import Endpoint, Mode
from gateway.idempotency.model import Claim, Scope, request_hash
from gateway.idempotency.once import Once
from gateway.identity.caller import Caller
from gateway.limits.gate import Limits
from gateway.model import Answer, Call, Headers, InstallRoute, least
from gateway.ports import Runner
from gateway.reply import Reply
from gateway.resolver import InstallKey, Resolver
from kernel import telemetry
from kernel.digest import Digest
from kernel.errors import Fault, Reason

_SPARE_MS: Final = 10_000  # of a lease: the second try, and to tell how it ended
_MOST_WAIT_MS: Final = 15_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks of an install, whichever version of it answers.

    `content_hash` = the one bundle that may answer; `timeout_ms` of zero is not set. `form` is of answers that keep other header
    fields than those of `/api/ext`: an answer that was kept for an idempotency key in one form is none in another.
    """

    key: InstallKey
    caller: Caller
    method: str
    parts: tuple[str, ...]
    path: str
    query: str | None
    timeout_ms: int = 0
    content_hash: Digest | None = None
    form: str = ""

    @property
    def url(self) -> str:
        """As the guest gets it."""
        return self.path if self.query is None else f"{self.path}?{self.query}"


@dataclass(frozen=True, slots=True)
class Sent:
    """What the guest gets beside method and URL; `client_key` = the idempotency key, if it is one of the client's."""

    headers: Headers
    body: bytes | None
    client_key: str | None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may run: by which grant, at which endpoint, how long, and the header fields that tell what is left of rates."""

    route: InstallRoute
    endpoint: Endpoint
    timeout_ms: int
    counted: Mapping[str, str]


class Calls:
    """The use-case. `timeout_ms` and `max_body_bytes` hold where an install does not set lower ones."""

    def __init__(
        self,
        gate: Gate,
        resolver: Resolver,
        runner: Runner,
        once: Once,
        limits: Limits,
        *,
        timeout_ms: int,
        max_body_bytes: int,
        mode: Mode = "enforced",
    ) -> None:
        self._gate, self._resolver, self._once, self._limits, self._mode = gate, resolver, once, limits, mode
        self._attempts = Attempts(resolver, runner, timeout_ms)
        self._timeout_ms = timeout_ms
        self.max_body_bytes = max_body_bytes

    async def find(self, key: InstallKey) -> InstallRoute:
        """1 find the install. Raises as the resolver does."""
        return await self._resolver.install(key, self._timeout_ms / 1e3)

    def most_bytes(self, route: InstallRoute) -> int:
        """The most bytes of a body."""
        return least(self.max_body_bytes, route.request_bytes)

    async def count(self, caller: Caller, route: InstallRoute) -> Mapping[str, str]:
        """3 count a call; the header fields that tell its caller what is left. Raises RATE_LIMITED, QUOTA_EXCEEDED."""
        return await self._limits.charge(route, caller.principal_id)

    async def admit(self, asked: Asked, route: InstallRoute, counted: Mapping[str, str] | None = None) -> Admitted:
        """2 find the endpoint and decide, 3 count it, unless it is `counted` already.

        Raises EXTENSION_NOT_AVAILABLE (another bundle), ENDPOINT_NOT_FOUND, PERMISSION_DENIED, and as `count` does.
        """
        endpoint, timeout_ms = self._fit(route, asked)
        if counted is None:
            counted = await self.count(asked.caller, route)
        return Admitted(route, endpoint, timeout_ms, counted)

    async def renew(self, asked: Asked, admitted: Admitted) -> Admitted:
        """With a new grant, for a call whose grant grew old before it ran. Raises as `find` and `admit` do."""
        return await self.admit(asked, await self.find(asked.key), admitted.counted)

    async def run(self, asked: Asked, admitted: Admitted, sent: Sent, reply_of: Callable[[Answer], Reply]) -> Reply:
        """4 run it. `reply_of` chooses what of the guest's answer becomes the reply. Raises as runner, limits and `Once` do."""
        route, caller, timeout_ms = admitted.route, asked.caller, admitted.timeout_ms
        request_id = telemetry.request_id.get()
        call = Call(route.grant, request_id, asked.method, asked.url, sent.headers, sent.body, timeout_ms, caller.user)

        def again(route: InstallRoute) -> Call:
            return replace(call, grant=route.grant, timeout_ms=self._fit(route, asked)[1])

        async def run() -> Reply:
            work = partial(self._attempts.run, asked.key, route, call, again)
            return reply_of(await self._limits.run(route, work))

        if sent.client_key is None or asked.method == "GET":
            reply = await run()
        else:
            on = f"{asked.method} {admitted.endpoint.path}"
            scope = Scope(caller.tenant_id, route.install_id, on, caller.principal_id, sent.client_key)
            types = [value for name, value in sent.headers if name == "content-type"]
            told = request_hash(f"{asked.form}{asked.method}", asked.url, types, sent.body)
            claim = Claim(scope, told, 2 * timeout_ms + _SPARE_MS, min(timeout_ms, _MOST_WAIT_MS))
            reply = await self._once.run(claim, run)
        reply.headers.update(admitted.counted)
        reply.notes.update(tenant=caller.tenant_id, extension=route.extension_id, endpoint=admitted.endpoint.path)
        if not admitted.endpoint.listed:
            reply.notes["unlisted"] = True
        return reply

    def _fit(self, route: InstallRoute, asked: Asked) -> tuple[Endpoint, int]:
        """The endpoint that answers, and the milliseconds that the call may take.

        For each route anew: between two of them the version, or who may call it, can have changed.
        """
        if asked.content_hash is not None and route.content_hash != asked.content_hash:
            raise Fault(Reason.EXTENSION_NOT_AVAILABLE, log=f"{asked.content_hash} is not the bundle of that install")
        endpoint = route.endpoints.match(asked.method, asked.parts, self._mode)
        if endpoint is None:
            raise Fault(Reason.ENDPOINT_NOT_FOUND)
        self._gate.call(asked.caller, asked.method, route)
        return endpoint, least(self._timeout_ms, route.timeout_ms, endpoint.timeout_ms, asked.timeout_ms)
