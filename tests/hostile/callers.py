"""Everybody who may knock, by name, and every rpc there is, from the descriptors of the generated code."""

import importlib
import pkgutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

import gen.alga
from gen.alga.registry.v1 import identity_service_pb2, identity_service_pb2_grpc
from kernel.auth import Role
from kernel.errors import Fault, Reason
from kernel.status import from_error
from tests.platform import Platform

# Which process serves the services of a package.
SERVED_BY = {"alga.registry.v1": "registry", "alga.runner.v1": "runner"}


def methods() -> Iterator[MethodDescriptor]:
    """Every rpc of every service of ours."""
    for module in pkgutil.walk_packages(gen.alga.__path__, "gen.alga."):
        if module.name.endswith("_pb2"):
            for service in importlib.import_module(module.name).DESCRIPTOR.services_by_name.values():
                yield from service.methods


def path(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def server(method: MethodDescriptor) -> str:
    return SERVED_BY[method.containing_service.file.package]


@dataclass(frozen=True)
class Callers:
    """Secrets by the name of who shows them, for each process that may be called."""

    registry: dict[str, str]
    runner: dict[str, str]
    gateway: dict[str, str]


ROLES: dict[str, Role | None] = {
    "operator": Role.OPERATOR,
    "publisher": Role.PUBLISHER,
    "tenant admin": Role.TENANT_ADMIN,
    "tenant caller": Role.TENANT_CALLER,
    "gateway": Role.GATEWAY,
    "runner": Role.RUNNER,
    "nobody": None,
    "garbage": None,
    "a made-up key": None,
    "a long key": None,
    "an expired key": None,
    "a revoked key": None,
    "another door's token": None,
}


def callers(platform: Platform) -> Callers:
    """New keys of every kind on a running platform."""
    keys = {
        "operator": platform.key("operator.key"),
        "publisher": _new(platform, identity_service_pb2.ROLE_PUBLISHER, publisher="example").secret,
        "tenant admin": _new(platform, identity_service_pb2.ROLE_TENANT_ADMIN, tenant_id="demo").secret,
        "tenant caller": platform.key("demo-caller.key"),
        "nobody": "",
        "garbage": "x",
        "a made-up key": "alga_" + "A" * 43,
        "a long key": "alga_" + "A" * 4_000,
        "an expired key": _expired(platform),
        "a revoked key": _revoked(platform),
    }
    at_registry = {
        "gateway": platform.key("gateway-at-registry.token"),
        "runner": platform.key("runner-at-registry.token"),
        "another door's token": platform.key("gateway-at-runner.token"),
    }
    # No process calls a runner as a runner, nor a gateway as either.
    at_runner = {"gateway": platform.key("gateway-at-runner.token"), "another door's token": at_registry["gateway"]}
    at_gateway = {"another door's token": at_registry["gateway"]}
    return Callers(keys | at_registry, keys | at_runner, keys | at_gateway)


def _stub(channel: grpc.Channel) -> identity_service_pb2_grpc.IdentityServiceStub:
    return identity_service_pb2_grpc.IdentityServiceStub(channel)


def _new(platform: Platform, role: int, **values: Any) -> identity_service_pb2.CreateApiKeyResponse:
    request = identity_service_pb2.CreateApiKeyRequest(role=role, label="hostile", **values)
    with platform.channel("registry") as channel:
        return _stub(channel).CreateApiKey(request, metadata=platform.metadata())


def _revoked(platform: Platform) -> str:
    made = _new(platform, identity_service_pb2.ROLE_OPERATOR)
    with platform.channel("registry") as channel:
        _stub(channel).RevokeApiKey(identity_service_pb2.RevokeApiKeyRequest(id=made.key.id), metadata=platform.metadata())
    return made.secret


def _expired(platform: Platform) -> str:
    """An operator's key whose hour passed, as far as the database knows."""
    made = _new(platform, identity_service_pb2.ROLE_OPERATOR)
    connection = sqlite3.connect(platform.data_dir / "registry-data" / "registry.db", timeout=30)
    with connection:
        connection.execute("UPDATE api_key SET expires_at = created_at WHERE id = ?", (made.key.id,))
    connection.close()
    return made.secret


def answer(channel: grpc.Channel, method: MethodDescriptor, secret: str, request: Message | None = None) -> Fault | None:
    """How an rpc fails, by default for an empty request; None when it answers."""
    given = request if request is not None else GetMessageClass(method.input_type)()
    sides = {True: "stream", False: "unary"}
    make = getattr(channel, f"{sides[method.client_streaming]}_{sides[method.server_streaming]}")
    rpc = make(path(method), type(given).SerializeToString, GetMessageClass(method.output_type).FromString)
    shown = [("authorization", f"Bearer {secret}")] if secret else []
    sent = iter([given]) if method.client_streaming else given
    try:
        if method.server_streaming:
            stream = rpc(sent, metadata=shown, timeout=30)
            next(iter(stream), None)
            stream.cancel()
        else:
            rpc(sent, metadata=shown, timeout=30)
    except grpc.RpcError as error:
        return from_error(error)
    return None


def verdict(fault: Fault | None) -> str:
    """Whether a caller was let in: what else became of the call is for other tests."""
    if fault is not None and fault.reason in {Reason.UNAUTHENTICATED, Reason.PERMISSION_DENIED}:
        return fault.reason.name
    assert fault is None or fault.reason not in {Reason.INTERNAL, Reason.UNAVAILABLE}, fault
    return "let in"
