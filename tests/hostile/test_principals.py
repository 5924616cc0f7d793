"""Every rpc and every route as everybody: exactly the table of principals, no more and no less.

The rpcs come from the descriptors, so that a new one is tested as soon as it exists; what is let in gets an empty request.
"""

from unittest.mock import MagicMock

import grpc
import pytest
from grpc_health.v1 import health_pb2

from gateway.table import table
from kernel.auth import RULES, Role
from tests.hostile.callers import ROLES, Callers, answer, callers, methods, path, server, verdict
from tests.hostile.calls import PREFIX, Gate
from tests.platform import Platform

METHODS = list(methods())
HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].methods_by_name["Check"]
DOORS = {"registry": "registry", "runner": "runner"}


@pytest.fixture(scope="module")
def everybody(platform: Platform) -> Callers:
    return callers(platform)


def expected(rpc: str, name: str, known: bool) -> str:
    """What the table says of a caller; one without a role at this door is nobody."""
    role, rule = ROLES[name], RULES[rpc]
    assert rule.roles is not None, f"{rpc} must not be open to all"
    if role is None or not known:
        return "UNAUTHENTICATED"
    return "let in" if role in rule.roles else "PERMISSION_DENIED"


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("door", DOORS)
def test_every_rpc(platform: Platform, everybody: Callers, door: str, name: str) -> None:
    secrets = getattr(everybody, door)
    found, wanted = {}, {}
    with platform.channel(DOORS[door]) as channel:
        for method in METHODS:
            if server(method) == door:
                found[path(method)] = verdict(answer(channel, method, secrets.get(name, everybody.registry[name])))
                wanted[path(method)] = expected(path(method), name, name in secrets)
    assert found == wanted
    assert found


def test_every_row_of_the_table_is_an_rpc() -> None:
    ours = {path(method) for method in METHODS}
    reflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    assert {rpc for rpc, rule in RULES.items() if rule.roles is not None} == ours | {reflection}
    assert RULES[reflection].roles == set(Role)
    assert {server(method) for method in METHODS} == set(DOORS)


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("door", DOORS)
def test_health_is_for_everybody(platform: Platform, everybody: Callers, door: str, name: str) -> None:
    with platform.channel(DOORS[door]) as channel:
        assert answer(channel, HEALTH, everybody.registry[name]) is None


def code(platform: Platform, door: str, rpc: str, shown: str) -> grpc.StatusCode:
    """What gRPC says of an empty request with this authorization."""
    with platform.channel(DOORS[door]) as channel:
        call = channel.unary_unary(rpc, bytes, bytes)
        with pytest.raises(grpc.RpcError) as caught:
            call(b"", metadata=[("authorization", shown)], timeout=30)
    found = caught.value.code()
    assert isinstance(found, grpc.StatusCode)
    return found


UNKNOWN = ("/alga.registry.v1.RegistryService/Nothing", "/alga.registry.v2.RegistryService/GetVersion", "/x/y")


@pytest.mark.parametrize("name", ["operator", "nobody"])
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("rpc", UNKNOWN)
def test_what_nobody_serves(platform: Platform, everybody: Callers, door: str, name: str, rpc: str) -> None:
    assert code(platform, door, rpc, f"Bearer {everybody.registry[name]}") is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("shown", ["Basic eDp5", "Bearer", "Bearer  ", "bearer", "", "Token x", "Bearer a b"])
@pytest.mark.parametrize("door", DOORS)
def test_schemes_that_are_none(platform: Platform, door: str, shown: str) -> None:
    """No other scheme than Bearer, and nothing but one secret."""
    rpc = next(path(method) for method in METHODS if server(method) == door)
    assert code(platform, door, rpc, shown) is grpc.StatusCode.UNAUTHENTICATED


# Who gets what from each route of a gateway; a status for all, or by the caller's name.
ADMINS = {"tenant admin": 200, "tenant caller": 403, "operator": 403, "publisher": 403}
TENANTS = {"tenant admin": 200, "tenant caller": 200, "operator": 403, "publisher": 403}
# Those of the command line of the reference: without a body there is nothing that they could do.
KEYS = {"operator": 400, "publisher": 400, "tenant admin": 400, "tenant caller": 403}
INSTALL = "/api/v1/installs/{name}"
# Method, target, statuses by caller, and the status for all others. Nothing here has a body, so that nothing changes.
ROUTES: dict[str, tuple[str, str, dict[str, int], int]] = {
    "execute": ("GET", f"{PREFIX}{{name}}/run", TENANTS, 401),
    "proxy": ("GET", "/api/ext-proxy/{name}/run", TENANTS, 401),
    "assets": ("GET", "/ext-ui/{name}/{content_hash}/index.html", {}, 200),
    "menu": ("GET", "/api/v1/menu", TENANTS, 401),
    "sdk": ("GET", "/ext-sdk/host-bridge.js", {}, 200),
    "debug.stream": ("GET", "/api/ext-debug/stream?tail=2001", ADMINS | {"tenant admin": 400}, 401),
    "executions.list": ("GET", f"{INSTALL}/executions", ADMINS, 401),
    "executions.get": ("GET", f"{INSTALL}/executions/none", ADMINS | {"tenant admin": 404}, 401),
    "usage.get": ("GET", f"{INSTALL}/usage", ADMINS, 401),
    "schedules.list": ("GET", f"{INSTALL}/schedules", ADMINS, 401),
    "schedules.create": ("POST", f"{INSTALL}/schedules", ADMINS | {"tenant admin": 400}, 401),
    "schedules.get": ("GET", f"{INSTALL}/schedules/none", ADMINS | {"tenant admin": 404}, 401),
    "schedules.change": ("PATCH", f"{INSTALL}/schedules/none", ADMINS | {"tenant admin": 400}, 401),
    "schedules.remove": ("DELETE", f"{INSTALL}/schedules/none", ADMINS | {"tenant admin": 404}, 401),
    "schedules.run": ("POST", f"{INSTALL}/schedules/none/run", ADMINS | {"tenant admin": 404}, 401),
    "schedules.history": ("GET", f"{INSTALL}/schedules/none/history", ADMINS | {"tenant admin": 404}, 401),
    "config.get": ("GET", f"{INSTALL}/config", ADMINS, 401),
    "config.set": ("PUT", f"{INSTALL}/config", ADMINS | {"tenant admin": 400}, 401),
    "access.get": ("GET", f"{INSTALL}/access", ADMINS, 401),
    "access.set": ("PUT", f"{INSTALL}/access", ADMINS | {"tenant admin": 400}, 401),
    "egress.get": ("GET", f"{INSTALL}/egress", ADMINS, 401),
    "egress.set": ("PUT", f"{INSTALL}/egress", ADMINS | {"tenant admin": 400}, 401),
    "credentials.get": ("GET", f"{INSTALL}/credentials", ADMINS, 401),
    "credentials.set": ("PUT", f"{INSTALL}/credentials", ADMINS | {"tenant admin": 400}, 401),
    "secrets.list": ("GET", f"{INSTALL}/secrets", ADMINS, 401),
    "secrets.put": ("PUT", f"{INSTALL}/secrets/none", ADMINS | {"tenant admin": 400}, 401),
    "secrets.remove": ("DELETE", f"{INSTALL}/secrets/none", ADMINS, 401),
    "recipients.list": ("GET", "/api/v1/secret-recipients", ADMINS, 401),
    "openapi": ("GET", "/openapi.json", {}, 200),
    "compat.execute": ("POST", "/v1/execute", {}, 401),
    "compat.upload": ("POST", "/api/ext-bundles/upload-proxy?size=1", KEYS | {"tenant admin": 403}, 401),
    "compat.finalize": ("POST", "/api/ext-bundles/finalize", KEYS, 401),
    "compat.abort": ("POST", "/api/ext-bundles/abort", KEYS, 401),
    "compat.install": ("POST", "/api/v1/extensions/install", KEYS, 401),
    "compat.uninstall": ("POST", "/api/v1/extensions/uninstall", KEYS, 401),
    "compat.validate": ("GET", "/api/installs/validate", {}, 401),
    "compat.lookup": ("GET", "/api/installs/lookup-by-host", {}, 401),
    "compat.root": ("GET", "/", {}, 404),
    "compat.healthz": ("GET", "/healthz", {}, 200),
    "compat.warmup": ("POST", "/warmup", {}, 401),
    "livez": ("GET", "/livez", {}, 200),
    "readyz": ("GET", "/readyz", {}, 200),
    "nowhere": ("GET", "/nowhere", {}, 404),
}


@pytest.mark.parametrize("scheme", ["x-api-key", "authorization"])
@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("route", ROUTES)
def test_every_route(gate: Gate, everybody: Callers, route: str, name: str, scheme: str) -> None:
    method, target, by_name, others = ROUTES[route]
    extension = gate.deploy("principals", "hello")
    target = target.format(name=extension, content_hash=gate.platform.resolve(extension).install.content_hash)
    secret = everybody.gateway.get(name, everybody.registry[name])
    shown = ((scheme, secret if scheme == "x-api-key" else f"Bearer {secret}"),) if secret else ()
    got = gate.ask(method, target, *shown)
    assert got.status == by_name.get(name, others)
    if got.status in {401, 403}:
        # Where `code` is the reference's word, ours is beside it.
        assert got.json.get("reason", got.code) == {401: "unauthenticated", 403: "forbidden"}[got.status]


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
def test_every_method_that_calls_nothing(gate: Gate, everybody: Callers, method: str, name: str) -> None:
    secret = everybody.gateway.get(name, everybody.registry[name])
    got = gate.ask(method, f"{PREFIX}{gate.deploy('principals', 'hello')}/run", key=secret)
    assert got.status == (204 if method == "OPTIONS" else 405)


def test_every_route_has_its_cases() -> None:
    assert set(ROUTES) - {"nowhere"} == {route.name for route in table(MagicMock())}
