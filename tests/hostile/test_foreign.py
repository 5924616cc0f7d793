"""Tenant B with tenant A's ids, and publisher B with publisher A's: byte for byte what one gets for what does not exist.

Every rpc that tenants or publishers may call is here or fails a test; nothing that they try changes a row.
"""

import asyncio
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from gen.alga.registry.v1 import execution_log_service_pb2 as executions
from gen.alga.registry.v1 import extension_pb2
from gen.alga.registry.v1 import identity_service_pb2 as identity
from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import publisher_service_pb2 as publishers
from gen.alga.registry.v1 import registry_service_pb2 as registry
from gen.alga.registry.v1 import schedule_service_pb2 as schedules
from gen.alga.registry.v1 import secret_service_pb2 as secrets
from gen.alga.registry.v1 import storage_admin_service_pb2 as stored
from kernel.auth import RULES, Role
from kernel.errors import Fault, Reason
from kernel.status import from_error
from tests.hostile.callers import methods, path, server
from tests.registry.bundles import NAME, bundle
from tests.registry.stack import Client, Stack, started
from tests.registry.test_executions import execution

pytestmark = pytest.mark.asyncio(loop_scope="session")
RIVAL, WIDER = "rival", ["cap:storage.kv", "cap:http.fetch"]


@dataclass
class World:
    """What tenant `a` and publisher `acme` have: a private extension, installed, with an update that waits for consent."""

    stack: Stack
    first: Any = None  # versions
    second: Any = None
    install: Any = None
    keys: tuple[str, ...] = ()  # ids of keys of the operator, of acme and of tenant a

    async def prepare(self) -> None:
        stack = self.stack
        await stack.publisher(RIVAL, stack.trusted_key)
        acme = stack.clients["acme"]
        hidden = {"visibility": extension_pb2.VISIBILITY_PRIVATE}
        self.first = (await acme.publish(bundle(stack.publisher_key), **hidden)).version
        self.second = (await acme.publish(bundle(stack.publisher_key, version="1.1.0", capabilities=WIDER))).version
        show = registry.SetVisibilityRequest(
            extension=NAME, visibility=extension_pb2.VISIBILITY_PRIVATE, allowed_tenants=["a", "another"]
        )
        await acme.call("registry", "SetVisibility", show)
        await stack.clients["admin-a"].install("a", NAME, "1.0.0")
        update = installs.UpdateRequest(tenant_id="a", install=NAME, version="1.1.0")
        self.install = (await stack.clients["admin-a"].call("installs", "Update", update)).install
        assert self.install.pending_update.content_hash == self.second.content_hash
        told = execution(self.install, request_id="r-1")
        await stack.clients["runner"].call("executions", "Record", executions.RecordRequest(executions=[told]))
        # Something of B's own, so that it is no stranger to the registry.
        await stack.clients[RIVAL].publish(bundle(stack.trusted_key, name="com.rival.own", publisher=RIVAL))
        await stack.clients["admin-b"].install("b", "com.rival.own")
        listed = await stack.operator.call("identity", "ListApiKeys", identity.ListApiKeysRequest())
        self.keys = tuple(key.id for key in listed.keys if key.tenant_id != "b" and key.publisher != RIVAL)

    def dump(self) -> list[str]:
        """Every row of every table."""
        connection = sqlite3.connect(self.stack.data / "registry.db")
        try:
            return list(connection.iterdump())
        finally:
            connection.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world() -> AsyncIterator[World]:
    async with started() as stack:
        made = World(stack)
        await made.prepare()
        yield made


ABSENT, ABSENT_HASH, ABSENT_NAME = str(uuid.uuid4()), "sha256:" + "0" * 64, "com.acme.nothing"
Pair = tuple[Message, Message]  # what is somebody else's, and what does not exist
Pairs = Callable[[World], Iterator[Pair]]


def extensions(make: type[Message], **values: Any) -> Pairs:
    """An extension by name and id."""

    def pairs(world: World) -> Iterator[Pair]:
        yield make(extension=NAME, **values), make(extension=ABSENT_NAME, **values)
        yield make(extension=NAME.upper(), **values), make(extension=ABSENT_NAME.upper(), **values)
        yield make(extension=world.first.extension_id, **values), make(extension=ABSENT, **values)

    return pairs


def own_tenant(make: type[Message], **values: Any) -> Pairs:
    """Tenant b's request that names an install of tenant a, in every way."""

    def pairs(world: World) -> Iterator[Pair]:
        given = {key: value(world) if callable(value) else value for key, value in values.items()}
        names = {
            world.install.id: ABSENT,
            world.install.extension_id: ABSENT,
            NAME: ABSENT_NAME,
            f"acme.{NAME}": f"acme.{ABSENT_NAME}",
        }
        for name, absent in names.items():
            yield make(tenant_id="b", install=name, **given), make(tenant_id="b", install=absent, **given)

    return pairs


def other_tenant(make: type[Message], **values: Any) -> Pairs:
    """A request in the name of tenant a, and of one that nobody ever heard of."""

    def pairs(world: World) -> Iterator[Pair]:
        given = {key: value(world) if callable(value) else value for key, value in values.items()}
        yield make(tenant_id="a", install=world.install.id, **given), make(tenant_id="unheard-of", install=ABSENT, **given)

    return pairs


def owned(make: type[Message], **values: Any) -> Pairs:
    """The same of requests that name an owner."""

    def pairs(world: World) -> Iterator[Pair]:
        foreign, absent = ({"install": {"tenant_id": "b", "install": install}} for install in (world.install.id, ABSENT))
        yield make(owner=foreign, **values), make(owner=absent, **values)
        foreign, absent = ({"install": {"tenant_id": tenant, "install": NAME}} for tenant in ("a", "unheard-of"))
        yield make(owner=foreign, **values), make(owner=absent, **values)

    return pairs


def one(make: Callable[[World], Pair]) -> Pairs:
    return lambda world: iter([make(world)])


def pending(world: World) -> str:
    return str(world.second.content_hash)


def key_id(world: World) -> str:
    return world.stack.publisher_key.public.key_id


GRANT = installs.CapabilityGrant(all_requested=True)
INSTALL_CALLS: dict[str, tuple[type[Message], dict[str, Any]]] = {
    "Update": (installs.UpdateRequest, {"version": "1.1.0"}),
    "ConsentToUpdate": (installs.ConsentToUpdateRequest, {"content_hash": pending}),
    "DeclineUpdate": (installs.DeclineUpdateRequest, {}),
    "SetGrants": (installs.SetGrantsRequest, {"capabilities": GRANT}),
    "SetConfiguration": (installs.SetConfigurationRequest, {"configuration": {"a": "b"}}),
    "SetLimits": (installs.SetLimitsRequest, {"limits": {"timeout_ms": 1}}),
    "Enable": (installs.EnableRequest, {}),
    "Disable": (installs.DisableRequest, {}),
    "Uninstall": (installs.UninstallRequest, {}),
    "GetInstall": (installs.GetInstallRequest, {}),
    "SetEgress": (installs.SetEgressRequest, {}),
    "SetAccess": (installs.SetAccessRequest, {}),
    "SetCredentials": (installs.SetCredentialsRequest, {}),
}
EXECUTION_CALLS: dict[str, tuple[type[Message], dict[str, Any]]] = {
    "ListExecutions": (executions.ListExecutionsRequest, {}),
    "GetExecution": (executions.GetExecutionRequest, {"execution": "r-1"}),
    "GetUsage": (executions.GetUsageRequest, {}),
}
STORED_CALLS: dict[str, tuple[type[Message], dict[str, Any]]] = {
    "ListNamespaces": (stored.ListNamespacesRequest, {}),
    "ListKeys": (stored.ListKeysRequest, {"namespace": "n"}),
    "ReadEntry": (stored.ReadEntryRequest, {"namespace": "n", "key": "k"}),
    "ClearNamespace": (stored.ClearNamespaceRequest, {"namespace": "n"}),
    "ListSecrets": (secrets.ListSecretsRequest, {}),
    "PutSecrets": (secrets.PutSecretsRequest, {"remove": ["a"], "if_revision": 1}),
}
SCHEDULE_CALLS: dict[str, dict[str, Any]] = {
    "CreateSchedule": {"endpoint": "/run", "cron": "0 0 * * *"},
    "UpdateSchedule": {"schedule_id": "s"},
    "DeleteSchedule": {"schedule_id": "s"},
    "GetSchedule": {"schedule_id": "s"},
    "ListSchedules": {},
    "ListEndpoints": {},
    "ListOccurrences": {"schedule_id": "s"},
    "RunNow": {"schedule_id": "s"},
}
NOT_FOUND = Reason.NOT_FOUND
Case = tuple[str, str, Reason, Pairs]  # rpc, who calls, what it hears, the requests


def cases() -> Iterator[Case]:
    for name, (make, values) in INSTALL_CALLS.items():
        yield name, "admin-b", NOT_FOUND, own_tenant(make, **values)
        yield name, "admin-b", NOT_FOUND, other_tenant(make, **values)
        if Role.OPERATOR in (RULES[f"/alga.registry.v1.InstallService/{name}"].roles or ()):
            yield name, "operator", NOT_FOUND, own_tenant(make, **values)
    for name, (make, values) in EXECUTION_CALLS.items():
        yield name, "admin-b", NOT_FOUND, own_tenant(make, **values)
        yield name, "admin-b", NOT_FOUND, other_tenant(make, **values)
        yield name, "gateway", NOT_FOUND, own_tenant(make, **values)
    for name, (make, values) in STORED_CALLS.items():
        yield name, "admin-b", NOT_FOUND, own_tenant(make, **values)
        yield name, "admin-b", NOT_FOUND, other_tenant(make, **values)
    for name, values in SCHEDULE_CALLS.items():
        yield name, "admin-b", NOT_FOUND, owned(getattr(schedules, f"{name}Request"), **values)
    yield "Install", "admin-b", NOT_FOUND, extensions(installs.InstallRequest, tenant_id="b", capabilities=GRANT)
    yield "Install", "operator", NOT_FOUND, extensions(installs.InstallRequest, tenant_id="b", capabilities=GRANT)
    yield "Install", "admin-b", NOT_FOUND, one(lambda _: (install_for("a", NAME), install_for("unheard-of", NAME)))
    listing = installs.ListInstallsRequest
    yield "ListInstalls", "admin-b", NOT_FOUND, one(lambda _: (listing(tenant_id="a"), listing(tenant_id="unheard-of")))
    for caller in ("gateway", "operator"):
        yield "ResolveInstall", caller, Reason.EXTENSION_NOT_AVAILABLE, resolves
        yield "ResolveAssets", caller, Reason.ASSET_NOT_FOUND, assets
    for caller in ("admin-b", RIVAL):
        yield "GetExtension", caller, NOT_FOUND, extensions(registry.GetExtensionRequest)
        yield "GetVersion", caller, NOT_FOUND, extensions(registry.GetVersionRequest, version="1.0.0")
        yield "ListVersions", caller, NOT_FOUND, extensions(registry.ListVersionsRequest)
    yield "DeprecateExtension", RIVAL, NOT_FOUND, extensions(registry.DeprecateExtensionRequest, message="mine now")
    yield "SetVisibility", RIVAL, NOT_FOUND, extensions(registry.SetVisibilityRequest, visibility=1, allowed_tenants=["b"])
    yield "YankVersion", RIVAL, NOT_FOUND, extensions(registry.YankVersionRequest, version="1.0.0")
    yield "RevokeVersion", RIVAL, NOT_FOUND, extensions(registry.RevokeVersionRequest, version="1.0.0")
    read = registry.ReadBundleRequest
    yield "ReadBundle", RIVAL, NOT_FOUND, one(lambda w: (read(content_hash=w.first.content_hash), read(content_hash=ABSENT_HASH)))
    revoke = identity.RevokeApiKeyRequest
    yield "RevokeApiKey", "admin-b", NOT_FOUND, lambda w: ((revoke(id=key), revoke(id=ABSENT)) for key in w.keys)
    keys = identity.ListApiKeysRequest
    yield "ListApiKeys", "admin-b", NOT_FOUND, one(lambda _: (keys(tenant_id="a"), keys(tenant_id="unheard-of")))
    yield "CreateApiKey", "admin-b", Reason.PERMISSION_DENIED, new_keys
    get = publishers.GetPublisherRequest
    yield "GetPublisher", RIVAL, NOT_FOUND, one(lambda _: (get(name="acme"), get(name="unheard-of")))
    for name, make in PUBLISHER_CALLS.items():
        yield name, RIVAL, NOT_FOUND, one(lambda w, make=make: (make(publisher="acme", key_id=key_id(w)), nobodys(make, w)))
    retire = publishers.RetirePublisherKeyRequest
    yield "RetirePublisherKey", RIVAL, NOT_FOUND, one(lambda w: (retire(publisher=RIVAL, key_id=key_id(w)), own_absent(retire)))


PUBLISHER_CALLS: dict[str, Any] = {
    "RetirePublisherKey": publishers.RetirePublisherKeyRequest,
    "RevokePublisherKey": publishers.RevokePublisherKeyRequest,
}


def nobodys(make: Any, world: World) -> Message:
    return make(publisher="unheard-of", key_id=key_id(world))


def own_absent(make: Any) -> Message:
    return make(publisher=RIVAL, key_id=ABSENT_HASH)


def install_for(tenant: str, extension: str) -> Message:
    return installs.InstallRequest(tenant_id=tenant, extension=extension, capabilities=GRANT)


def resolves(world: World) -> Iterator[Pair]:
    names = {world.install.id: ABSENT, world.install.extension_id: ABSENT, NAME: ABSENT_NAME, world.first.id: ABSENT}
    for name, absent in names.items():
        make = installs.ResolveInstallRequest
        yield make(tenant_id="b", extension=name), make(tenant_id="b", extension=absent)
        yield make(tenant_id="b", extension=name), make(tenant_id="unheard-of", extension=name)


def assets(world: World) -> Iterator[Pair]:
    make, told = installs.ResolveAssetsRequest, world.first.content_hash
    for name in (world.install.id, world.install.extension_id, NAME):
        yield (
            make(tenant_id="b", extension=name, content_hash=told),
            make(tenant_id="b", extension=ABSENT, content_hash=ABSENT_HASH),
        )
        yield make(extension="com.rival.own", content_hash=told), make(extension=ABSENT, content_hash=ABSENT_HASH)


def new_keys(world: World) -> Iterator[Pair]:
    """Whether a tenant or a publisher exists is not told by the refusal to make a key for it."""
    make = identity.CreateApiKeyRequest
    for role in (identity.ROLE_TENANT_ADMIN, identity.ROLE_TENANT_CALLER):
        yield make(role=role, tenant_id="a"), make(role=role, tenant_id="unheard-of")
    yield make(role=identity.ROLE_PUBLISHER, publisher="acme"), make(role=identity.ROLE_PUBLISHER, publisher="unheard-of")
    yield make(role=identity.ROLE_OPERATOR), make(role=identity.ROLE_OPERATOR, tenant_id="a")


CASES = list(cases())
# What tenants and publishers may call without naming what could be another's; each has its own test below or beside.
WITHOUT = {
    "PublishVersion": "the envelope names all: test_envelopes; a name that is taken is told",
    "StageBundle": "names nothing of anybody else: tests/registry/test_staging.py",
    "FinalizeBundle": "test_an_upload_is_its_owners_alone in tests/registry/test_staging.py",
    "AbortBundle": "the same",
    "ListExtensions": "names nothing: test_lists_show_ones_own_alone",
    "GetRecipients": "names nothing, and tells public keys of runners alone",
}
# The runner lets none of them in, and its names are its own.
REGISTRY = [method for method in methods() if server(method) == "registry"]
BY_NAME = {method.name: method for method in REGISTRY}


async def heard(client: Client, method: MethodDescriptor, request: Message) -> tuple[Fault, tuple[Any, ...]]:
    """The failure, and all of it that a client sees."""
    make = client.peer.channel.unary_stream if method.server_streaming else client.peer.channel.unary_unary
    rpc = make(path(method), type(request).SerializeToString, GetMessageClass(method.output_type).FromString)
    call = rpc(request, metadata=client.peer.metadata(), timeout=30)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await (anext(aiter(call)) if method.server_streaming else call)
    error = caught.value
    return from_error(error), (error.code(), error.details(), tuple(error.trailing_metadata() or ()))


@pytest.mark.parametrize(
    ("name", "caller", "reason", "pairs"), CASES, ids=[f"{case[0]}-{case[1]}-{n}" for n, case in enumerate(CASES)]
)
async def test_what_is_anothers_does_not_exist(world: World, name: str, caller: str, reason: Reason, pairs: Pairs) -> None:
    before, client, tried = world.dump(), world.stack.clients[caller], 0
    for foreign, absent in pairs(world):
        fault, seen = await heard(client, BY_NAME[name], foreign)
        assert fault.reason is reason
        assert seen == (await heard(client, BY_NAME[name], absent))[1]
        tried += 1
    assert tried
    assert world.dump() == before


REFLECTION = "grpc.reflection.v1alpha.ServerReflection"


async def test_every_rpc_of_tenants_and_publishers_is_here() -> None:
    theirs = {
        name for name, method in BY_NAME.items() if (RULES[path(method)].roles or set()) & {Role.TENANT_ADMIN, Role.PUBLISHER}
    }
    assert len(BY_NAME) == len(REGISTRY), "names of rpcs are unique"
    assert theirs <= {case[0] for case in CASES} | set(WITHOUT)
    # A caller's key opens nothing here but the description of what there is.
    assert [rpc.split("/")[1] for rpc, rule in RULES.items() if Role.TENANT_CALLER in (rule.roles or ())] == [REFLECTION]


async def test_lists_show_ones_own_alone(world: World) -> None:
    for caller in ("admin-b", RIVAL):
        listed = await world.stack.clients[caller].call("registry", "ListExtensions", registry.ListExtensionsRequest())
        assert [extension.name for extension in listed.extensions] == ["com.rival.own"]
    admin = world.stack.clients["admin-b"]
    found = await admin.call("installs", "ListInstalls", installs.ListInstallsRequest(tenant_id="b"))
    assert [install.extension_name for install in found.installs] == ["com.rival.own"]
    keys = await admin.call("identity", "ListApiKeys", identity.ListApiKeysRequest())
    assert {key.tenant_id for key in keys.keys} == {"b"}


async def test_page_tokens_of_others_open_nothing(world: World) -> None:
    """A token is a place in an order; whose list it is, the caller's own key says."""
    await world.stack.operator.install("a", "com.rival.own")
    first = installs.ListInstallsRequest(tenant_id="a", page_size=1)
    token = (await world.stack.clients["admin-a"].call("installs", "ListInstalls", first)).next_page_token
    assert token
    request = installs.ListInstallsRequest(tenant_id="b", page_token=token)
    found = await world.stack.clients["admin-b"].call("installs", "ListInstalls", request)
    assert {install.tenant_id for install in found.installs} <= {"b"}


async def test_a_tenant_that_may_see_an_extension_is_not_told_who_else_may(world: World) -> None:
    answer = await world.stack.clients["admin-a"].call("registry", "GetExtension", registry.GetExtensionRequest(extension=NAME))
    assert list(answer.extension.allowed_tenants) == []


async def test_a_publisher_takes_neither_names_nor_keys_of_another(world: World) -> None:
    rival, before = world.stack.clients[RIVAL], world.dump()
    taken = bundle(world.stack.trusted_key, publisher=RIVAL, version="9.0.0")
    with pytest.raises(Fault) as caught:
        await rival.publish(taken)
    assert caught.value.reason is Reason.NAME_TAKEN
    copied = bundle(world.stack.publisher_key).resigned(world.stack.trusted_key, publisher=RIVAL)
    with pytest.raises(Fault) as caught:
        await rival.publish(copied)
    assert caught.value.reason is Reason.STATEMENT_MISMATCH
    assert world.dump() == before


async def test_revoking_anothers_key_for_oneself_ends_nothing_of_its_owner(world: World) -> None:
    """A publisher may note a key as revoked for itself; its owner's signatures count as before."""
    request = publishers.RevokePublisherKeyRequest(publisher=RIVAL, key_id=key_id(world))
    rival = world.stack.clients[RIVAL]
    (answer,) = await asyncio.gather(rival.call("publishers", "RevokePublisherKey", request), return_exceptions=True)
    assert isinstance(answer, Fault) or not answer.revoked_hashes
    get = publishers.GetPublisherRequest(name="acme")
    acme = (await world.stack.clients["acme"].call("publishers", "GetPublisher", get)).publisher
    assert [key.HasField("revoked_at") for key in acme.keys] == [False]
    signed = bundle(world.stack.publisher_key, version="2.0.0", name="com.acme.still")
    assert (await world.stack.clients["acme"].publish(signed)).version.version == "2.0.0"
