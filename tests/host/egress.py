"""What egress is tested with: listeners that tell who connected, a DNS server that changes its mind, fetches without a guest."""

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from gen.alga.runner.v1.execute_service_pb2 import Header, HttpRequest
from gen.alga.runner.v1.executor_pb2 import HostCall, HttpFetched
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import Credential, ExecutionGrant, Limits
from kernel.signing import SigningKey
from runner.backends.http.opening import fetching
from runner.backends.service import Service
from runner.caller import Caller
from runner.egress_settings import EgressSettings

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
HANG_UP = b""
Serve = Callable[[bytes], bytes | AsyncIterator[bytes]]


def always(answer: bytes) -> Serve:
    return lambda _request: answer


def redirect(location: str, status: int = 302, more: str = "") -> bytes:
    return f"HTTP/1.1 {status} Found\r\nlocation: {location}\r\ncontent-length: 0\r\n{more}\r\n".encode("latin1")


@dataclass
class Listener:
    """A server that counts connections and keeps whole requests, as bytes."""

    serve: Serve = field(default_factory=lambda: always(OK))
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    held: set[asyncio.StreamWriter] = field(default_factory=set)
    port: int = 0
    close_after: bool = False
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.held.add(writer)
        async with self._changed:
            self._changed.notify_all()
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"PROBE"):
                    return
                length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
                self.requests.append(head + await reader.readexactly(length))
                async with self._changed:
                    self._changed.notify_all()
                answer = self.serve(self.requests[-1])
                if answer == HANG_UP:
                    return
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                    if b"connection: close" in answer.lower():
                        return
                else:
                    async for part in answer:
                        writer.write(part)
                        await writer.drain()
                    if self.close_after:
                        return
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.held.discard(writer)
            writer.close()
            async with self._changed:
                self._changed.notify_all()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for connections and requests to come, and connections to go."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(true)

    async def untouched(self, host: str = "127.0.0.1") -> None:
        """Nobody connected: a connection of ours is the first, and connections arrive in their order."""
        await self.saw(0, host)

    async def saw(self, count: int, host: str = "127.0.0.1") -> None:
        _, writer = await asyncio.open_connection(host, self.port)
        writer.write(b"PROBE\r\n\r\n")
        await self.until(lambda: self.connections > count)
        writer.close()
        await writer.wait_closed()
        assert self.connections == count + 1
        self.connections = count


@asynccontextmanager
async def listening(
    serve: Serve | None = None, hosts: Sequence[str] = ("127.0.0.1",), port: int = 0, **more: Any
) -> AsyncIterator[Listener]:
    listener = Listener(serve or always(OK))
    servers = []
    try:
        for host in hosts:
            server = await asyncio.start_server(listener.accept, host, port or listener.port, limit=1 << 20, **more)
            servers.append(server)
            listener.port = server.sockets[0].getsockname()[1]
        yield listener
    finally:
        for server in servers:
            server.close()
        for writer in list(listener.held):
            writer.transport.abort()
        for server in servers:
            await server.wait_closed()


class Names(asyncio.DatagramProtocol):
    """An authoritative server: for each name and type a list of answers, each of several addresses; the last one stays."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], deque[Sequence[str]]] = {}
        self.aliases: dict[str, str] = {}
        self.asked: Counter[tuple[str, str]] = Counter()
        self.silent = False
        self.address = ""
        self._transport: asyncio.DatagramTransport | None = None

    def say(self, name: str, *answers: Sequence[str], kind: str = "A") -> None:
        self.answers[name, kind] = deque(answers)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        asked = dns.message.from_wire(data)
        question = asked.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked[name, kind] += 1
        if self.silent:
            return
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.AA | dns.flags.RA
        owner = question.name
        while name in self.aliases:
            alias, name = owner, self.aliases[name]
            answer.answer.append(dns.rrset.from_text(alias, 0, "IN", "CNAME", f"{name}."))
            owner = dns.name.from_text(name)
        said = self.answers.get((name, kind))
        if said:
            addresses = said.popleft() if len(said) > 1 else said[0]
            if addresses:
                answer.answer.append(dns.rrset.from_text(owner, 0, "IN", kind, *addresses))
        elif not any(known == name for known, _ in self.answers):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        assert self._transport is not None
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def naming() -> AsyncIterator[Names]:
    names = Names()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: names, local_addr=("127.0.0.1", 0))
    names.address = f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    try:
        yield names
    finally:
        transport.close()


@dataclass
class Vault:
    """Secrets by name."""

    values: dict[str, str | Reason] = field(default_factory=dict)
    revealed: list[str] = field(default_factory=list)

    async def reveal(self, caller: Caller, name: str) -> str:
        self.revealed.append(name)
        value = self.values.get(name, Reason.SECRET_MISSING)
        if isinstance(value, Reason):
            raise Fault(value)
        return value


GRANT = ExecutionGrant(
    tenant_id="t1",
    install_id="i1",
    extension_id="e1",
    version_id="v1",
    content_hash=Digest.of(b"x"),
    capabilities=frozenset({"cap:http.fetch"}),
    limits=Limits(),
    install_revision=1,
    issued_at=datetime.now(UTC),
    expires_at=datetime.now(UTC) + timedelta(seconds=30),
)
KEY = SigningKey.generate()


def settings(*allowlist: str, networks: Sequence[str] = (), **more: Any) -> EgressSettings:
    told = {"EXT_RUNNER_EGRESS_ALLOWLIST": allowlist, "egress_networks": tuple(networks)}
    return EgressSettings(**(told | more))


@dataclass
class Client:
    """Fetches as a guest's call makes them."""

    service: Service
    vault: Vault
    last: Caller | None = None

    async def fetch(
        self,
        url: str,
        method: str = "GET",
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        *,
        manifest: Sequence[str] = ("127.0.0.1",),
        tenant: Sequence[str] | None = None,
        credentials: Sequence[Credential] = (),
        seconds: float = 30,
        install: str = "i1",
    ) -> HttpFetched:
        """Raises Fault."""
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        asked = HttpRequest(method=method, url=url, headers=[Header(name=n, value=v) for n, v in pairs], body=body)
        grant = replace(
            GRANT,
            install_id=install,
            egress=tuple(manifest),
            tenant_egress=None if tenant is None else tuple(tenant),
            credentials=tuple(credentials),
        )
        deadline = asyncio.get_running_loop().time() + seconds
        self.last = Caller(grant, grant.sign(KEY), secrets.token_hex(4), None, deadline)
        return (await self.service.answer(self.last, HostCall(http_fetch=asked))).http_fetched

    @property
    def egress_bytes(self) -> int:
        assert self.last is not None
        return self.last.spent.egress_bytes


@asynccontextmanager
async def fetcher(told: EgressSettings, vault: Vault | None = None) -> AsyncIterator[Client]:
    vault = vault or Vault()
    async with fetching(told, vault) as service:
        yield Client(service, vault)


async def refused(fetching: Awaitable[Any], reason: Reason = Reason.EGRESS_DENIED) -> Fault:
    try:
        await fetching
    except Fault as fault:
        assert fault.reason is reason, str(fault)
        return fault
    raise AssertionError("it was answered")


def lines(request: bytes) -> dict[str, str]:
    """Headers of a recorded request, names in lower case."""
    head = request.partition(b"\r\n\r\n")[0].decode("latin1").split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
