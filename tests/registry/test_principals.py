"""The table of principals covers exactly the services' methods, and the registry holds to it."""

from typing import Any

import pytest
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from gen.alga.registry.v1 import (
    execution_log_service_pb2,
    idempotency_service_pb2,
    identity_service_pb2,
    install_service_pb2,
    maintenance_service_pb2,
    publisher_service_pb2,
    registry_service_pb2,
    schedule_service_pb2,
    secret_service_pb2,
    staging_service_pb2,
    storage_admin_service_pb2,
    storage_service_pb2,
)
from gen.alga.runner.v1 import asset_service_pb2, execute_service_pb2, ops_service_pb2
from kernel.auth import RULES, Role
from kernel.errors import Fault, Reason
from kernel.status import remote
from tests.registry.stack import Client, Stack

OURS = (
    execution_log_service_pb2,
    idempotency_service_pb2,
    identity_service_pb2,
    install_service_pb2,
    maintenance_service_pb2,
    publisher_service_pb2,
    registry_service_pb2,
    schedule_service_pb2,
    secret_service_pb2,
    staging_service_pb2,
    storage_admin_service_pb2,
    storage_service_pb2,
)
RUNNERS = (asset_service_pb2, execute_service_pb2, ops_service_pb2)
COMMON = (health_pb2, reflection_pb2)
CALLERS = {
    Role.OPERATOR: "operator",
    Role.PUBLISHER: "acme",
    Role.TENANT_ADMIN: "admin-a",
    Role.TENANT_CALLER: "caller-a",
    Role.GATEWAY: "gateway",
    Role.RUNNER: "runner",
}


def services(*modules: Any) -> list[ServiceDescriptor]:
    return [service for module in modules for service in module.DESCRIPTOR.services_by_name.values()]


def path(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


METHODS = [method for service in services(*OURS) for method in service.methods]


def test_the_table_covers_exactly_the_services() -> None:
    served = {path(method) for service in services(*OURS, *RUNNERS, *COMMON) for method in service.methods}
    assert set(RULES) == served


def test_only_health_is_open() -> None:
    open_to_all = {name for name, rule in RULES.items() if rule.roles is None}
    assert open_to_all == {path(method) for service in services(health_pb2) for method in service.methods}


async def reason_of(client: Client, method: MethodDescriptor) -> Reason | None:
    """What an empty request gets; None for an answer."""
    request: Message = GetMessageClass(method.input_type)()
    kinds = {
        (True, True): "stream_stream",
        (True, False): "stream_unary",
        (False, False): "unary_unary",
        (False, True): "unary_stream",
    }
    make = getattr(client.peer.channel, kinds[method.client_streaming, method.server_streaming])
    call = make(path(method), type(request).SerializeToString, GetMessageClass(method.output_type).FromString)
    try:
        with remote():
            if method.server_streaming:
                # A message that goes out while the server refuses would hide the refusal.
                stream = call([] if method.client_streaming else request, metadata=client.peer.metadata(), timeout=30)
                await anext(aiter(stream), None)
                stream.cancel()
            elif method.client_streaming:
                await call([request], metadata=client.peer.metadata(), timeout=30)
            else:
                await call(request, metadata=client.peer.metadata(), timeout=30)
    except Fault as fault:
        return fault.reason
    return None


@pytest.mark.parametrize("role", list(Role))
async def test_every_rpc_as_every_role(stack: Stack, role: Role) -> None:
    for method in METHODS:
        rule = RULES[path(method)]
        assert rule.roles is not None
        refused = await reason_of(stack.clients[CALLERS[role]], method) is Reason.PERMISSION_DENIED
        # CreateApiKey narrows further: an empty request of an admin asks for no role at all.
        assert refused == (role not in rule.roles), f"{role} {path(method)}"


@pytest.mark.parametrize("secret", ["", "alga_" + "A" * 43, "x", "a b", "alga_" + "A" * 4000])
async def test_every_rpc_without_a_known_secret(stack: Stack, secret: str) -> None:
    client = stack.client("stranger", secret)
    for method in METHODS:
        assert await reason_of(client, method) is Reason.UNAUTHENTICATED, path(method)
