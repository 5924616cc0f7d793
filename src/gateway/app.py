"""The parts of a gateway process, and the order in which they start and stop."""

import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from gateway.asset_cache import AssetCache
from gateway.authorize.gate import Gate
from gateway.bodies import Bodies
from gateway.calls import Calls
from gateway.clients import RegistryClient
from gateway.compat.extensions import ExtensionsClient
from gateway.compat.key_door import KeyDoor
from gateway.compat.service_door import ServiceDoor
from gateway.compat.staging import StagingClient
from gateway.compat.warmer import RunnerWarmer
from gateway.cors import Cors
from gateway.execution_log import ExecutionLogClient
from gateway.handlers.assets import Assets
from gateway.handlers.compat.bundles import Bundles
from gateway.handlers.compat.execute import CompatExecute
from gateway.handlers.compat.extensions import Extensions
from gateway.handlers.compat.lookups import Lookups
from gateway.handlers.compat.process import Process
from gateway.handlers.debug import Debug
from gateway.handlers.execute import Execute
from gateway.handlers.health import Health
from gateway.handlers.install_settings import Settings
from gateway.handlers.installs import Installs
from gateway.handlers.menu import Menu
from gateway.handlers.proxy import Proxy
from gateway.handlers.schedules import Schedules
from gateway.idempotency.client import KeysClient
from gateway.idempotency.once import Once
from gateway.identity.host import Host
from gateway.identity.parts import authentication, host_tokens
from gateway.install_settings import InstallSettings
from gateway.limits.make import limits, peers
from gateway.menu import MenuClient
from gateway.middleware import Edge
from gateway.page_policy import PagePolicy
from gateway.resolver import Resolver
from gateway.routes import Routes
from gateway.runners.member import Member
from gateway.runners.pool import Runners
from gateway.schedules.client import BoardClient
from gateway.schedules.firing import Firing
from gateway.schedules.manage import ManageClient
from gateway.schedules.run import RunOccurrence
from gateway.sending import Sender
from gateway.server import HttpOptions, HttpServer
from gateway.settings import GatewaySettings
from gateway.sites import Sites
from gateway.table import Compat, Handlers, table
from gateway.tail import TailClient
from gateway.waiting import Room, Waiting
from kernel import files
from kernel.errors import Fault
from kernel.process import background
from kernel.rpc import Peer, connect
from kernel.watch import Freshness, watch

_log = logging.getLogger(__name__)


@asynccontextmanager
async def running(settings: GatewaySettings) -> AsyncIterator[tuple[str, ...]]:
    """A gateway that serves, as its addresses with their real ports; leaving drains and stops it.

    Raises INVALID_ARGUMENT for settings whose content is no good.
    """
    if settings.insecure_development_tenant:
        _log.warning(
            "INSECURE: calls without an API key run for the development tenant",
            extra={"tenant": settings.insecure_development_tenant},
        )
    async with AsyncExitStack() as stack:
        registry = await _peer(stack, settings, "registry", settings.registry_address)
        members = [Member(address, await _peer(stack, settings, "runner", address)) for address in settings.runners]
        directory, executor = RegistryClient(registry), Runners(members)
        await stack.enter_async_context(executor.following())
        freshness = Freshness()
        resolver = Resolver(directory, freshness)
        health = Health({"registry": freshness.fresh, "runner": executor.serve})
        tokens = host_tokens(settings)
        host = Host(tokens, settings.host_certificate_names, frozenset(settings.host_default_roles))
        known = await stack.enter_async_context(authentication(settings, directory, host, settings.insecure_development_tenant))
        gate = Gate(known, settings.role_permissions)
        room = Room(settings.max_requests)
        readers = Waiting(settings.max_waiting, settings.max_buffered_bytes, settings.body_seconds)
        bodies = Bodies(settings.max_buffered_bytes, readers, room)
        held_keys = KeysClient(registry)
        stack.push_async_callback(held_keys.close)
        once = Once(held_keys)
        stack.push_async_callback(once.close)
        calls = Calls(
            gate,
            resolver,
            executor,
            once,
            limits(settings, registry),
            timeout_ms=settings.timeout_ms,
            max_body_bytes=settings.max_body_bytes,
            mode=settings.endpoints,
        )
        execute = Execute(gate, bodies, calls)
        policy = PagePolicy(settings.ui_frame_ancestors, settings.ui_content_security_policy)
        sites = Sites(settings.ui_domain_root)
        assets = Assets(resolver, AssetCache(executor, settings.asset_cache_bytes), sites, policy)
        installs = Installs(gate, ExecutionLogClient(registry))
        schedules = Schedules(gate, bodies, ManageClient(registry))
        streams = {"most": settings.max_streams, "most_per_tenant": settings.max_streams_per_tenant}
        debug = Debug(gate, resolver, TailClient(executor), **streams)
        door, keys, extensions = ServiceDoor(tokens), KeyDoor(directory), ExtensionsClient(registry)
        compat = Compat(
            execute=CompatExecute(door, host, bodies, calls),
            bundles=Bundles(keys, bodies, StagingClient(registry)),
            extensions=Extensions(keys, bodies, extensions),
            lookups=Lookups(door, resolver, sites),
            process=Process(door, bodies, health, RunnerWarmer([member.peer for member in members])),
        )
        handlers = Handlers(
            execute=execute,
            proxy=Proxy(execute),
            assets=assets,
            menu=Menu(gate, MenuClient(registry)),
            installs=installs,
            schedules=schedules,
            settings=Settings(gate, bodies, InstallSettings(registry)),
            debug=debug,
            health=health,
            compat=compat,
        )

        firing = None
        if settings.schedules_enabled:
            firing = Firing(
                BoardClient(registry), RunOccurrence(resolver, executor, settings.timeout_ms), settings.schedules_at_once
            )
            await stack.enter_async_context(firing.running(settings.drain_seconds))
        # Without the watch every answer of the registry is asked for anew.
        await stack.enter_async_context(background("watch", lambda: watch(registry, resolver, freshness)))
        strangers = peers(settings)
        options = HttpOptions(
            _tls(settings),
            settings.max_connections,
            settings.drain_seconds,
            settings.idle_seconds,
            settings.max_connections_per_peer,
            strangers.key,
        )
        sender = Sender(Waiting(settings.max_waiting, settings.max_buffered_bytes, settings.send_seconds))
        server = HttpServer(Edge(Routes(table(handlers)), room, sender, strangers, Cors(settings.cors_origins), sites), options)
        stack.push_async_callback(server.stop)
        addresses = await server.start(settings.listen)
        stack.callback(debug.close)
        stack.callback(health.drain)
        if firing is not None:
            stack.callback(firing.stop)
        yield addresses


async def _peer(stack: AsyncExitStack, settings: GatewaySettings, name: str, address: str) -> Peer:
    token = files.token(getattr(settings, f"{name}_token_file"), f"{name}_token_file")
    try:
        peer = connect(address, token, settings.tls_ca_file)
    except OSError as error:
        raise Fault.invalid("tls_ca_file", "cannot be read") from error
    stack.push_async_callback(peer.channel.close)
    return peer


def _tls(settings: GatewaySettings) -> ssl.SSLContext | None:
    if settings.tls_cert_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert_file, settings.tls_key_file)
    except (OSError, ssl.SSLError) as error:
        raise Fault.invalid("tls_cert_file", "must be a PEM chain that fits tls_key_file") from error
    if settings.client_ca_file is not None:
        try:
            context.load_verify_locations(settings.client_ca_file)
        except (OSError, ssl.SSLError) as error:
            raise Fault.invalid("client_ca_file", "must be a PEM file of root certificates") from error
        context.verify_mode = ssl.CERT_OPTIONAL  # who shows none has other credentials
    return context
