"""Whatever stands in a request's fields, the answer is an answer or a fault that was meant: never an internal error."""

from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from gen.alga.registry.v1 import identity_service_pb2
from kernel.auth import RULES, Role
from kernel.errors import Fault, Reason
from kernel.status import remote
from tests.registry.bundles import NAME, bundle
from tests.registry.stack import Client, Stack
from tests.registry.test_principals import METHODS, path

TEXTS = ("", "\x00", "%", "' OR 1=1 --", "\ud7ff\uffff\U0010ffff", "\u202e", "a" * 100_000, "-1", "Ⅷ", "٣", NAME, "1.0.0", "tenant")
BYTES = (b"", b"\x00", b"\xff" * 1000, b"{}")
NUMBERS = (0, 1, 2**31 - 1)


def filled(message: Any, choice: int) -> Any:
    """The message with each field set to one of the values; nested messages too."""
    for position, field in enumerate(message.DESCRIPTOR.fields):
        number = choice + position
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            getattr(message, field.name)[TEXTS[number % len(TEXTS)]] = TEXTS[(number + 1) % len(TEXTS)]
        elif field.is_repeated:
            if field.type == FieldDescriptor.TYPE_STRING:
                getattr(message, field.name).extend([TEXTS[number % len(TEXTS)]] * 3)
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            filled(getattr(message, field.name), number).SetInParent()
        elif field.type == FieldDescriptor.TYPE_STRING:
            setattr(message, field.name, TEXTS[number % len(TEXTS)])
        elif field.type == FieldDescriptor.TYPE_BYTES:
            setattr(message, field.name, BYTES[number % len(BYTES)])
        elif field.type == FieldDescriptor.TYPE_BOOL:
            setattr(message, field.name, bool(number % 2))
        else:
            setattr(message, field.name, NUMBERS[number % len(NUMBERS)])
    return message


async def reason_of(client: Client, method: MethodDescriptor, request: Any) -> Reason | None:
    answer = GetMessageClass(method.output_type).FromString
    make = client.peer.channel.unary_stream if method.server_streaming else client.peer.channel.unary_unary
    call = make(path(method), type(request).SerializeToString, answer)
    try:
        with remote():
            if method.server_streaming:
                stream = call(request, metadata=client.peer.metadata(), timeout=30)
                await anext(aiter(stream))
                stream.cancel()
            else:
                await call(request, metadata=client.peer.metadata(), timeout=30)
    except Fault as fault:
        return fault.reason
    return None


@pytest.mark.parametrize("choice", range(len(TEXTS)))
async def test_no_field_breaks_anything(stack: Stack, choice: int) -> None:
    await stack.clients["acme"].publish(bundle(stack.publisher_key))
    await stack.operator.install("tenant", NAME)
    admin = await stack.key_of("admin", identity_service_pb2.ROLE_TENANT_ADMIN, tenant="tenant")
    services = {Role.RUNNER: stack.clients["runner"], Role.GATEWAY: stack.clients["gateway"]}
    clients = {Role.OPERATOR: stack.operator, **services, Role.TENANT_ADMIN: admin}
    for method in METHODS:
        if method.client_streaming:
            continue
        client = next(client for role, client in clients.items() if role in (RULES[path(method)].roles or ()))
        request = filled(GetMessageClass(method.input_type)(), choice)
        reason = await reason_of(client, method, request)
        assert reason not in (Reason.INTERNAL, Reason.UNAVAILABLE, Reason.DEADLINE_EXCEEDED), (path(method), request)
