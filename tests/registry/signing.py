"""A registry whose clock the test sets, and calls about publishers' keys."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gen.alga.registry.v1 import extension_pb2, identity_service_pb2
from gen.alga.registry.v1 import publisher_service_pb2 as publishers
from gen.alga.registry.v1 import registry_service_pb2 as registry
from kernel.signing import SigningKey
from tests.registry.bundles import NAME, PUBLISHER, Signed, bundle
from tests.registry.stack import Client, Stack

HOUR = timedelta(hours=1)


class Clock:
    """The registry's time: the real one, and as much later as the test says. Each look is at least a microsecond later."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._last = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        self._last = max(datetime.now(UTC) + self.ahead, self._last + timedelta(microseconds=1))
        return self._last


@asynccontextmanager
async def serving(stack: Stack, monkeypatch: pytest.MonkeyPatch, *roots: bytes, **changes: Any) -> AsyncIterator[Clock]:
    """The stack's registry with the publisher `acme`, which has no key, and roots that are trusted beside the stack's keys."""
    clock = Clock()
    monkeypatch.setattr("registry.app.utc_now", clock)
    plain = [stack.publisher_key.public.pem, stack.trusted_key.public.pem]
    async with stack.running(SIGNING_TRUST_BUNDLE=b"".join([*plain, *roots]).decode(), **changes):
        await stack.operator.call("publishers", "CreatePublisher", publishers.CreatePublisherRequest(name=PUBLISHER))
        await stack.key_of(PUBLISHER, identity_service_pb2.ROLE_PUBLISHER, publisher=PUBLISHER)
        for tenant in ("a", "b"):
            await stack.key_of(f"admin-{tenant}", identity_service_pb2.ROLE_TENANT_ADMIN, tenant=tenant)
        yield clock


async def add(client: Client, pem: bytes, publisher: str = PUBLISHER, **fields: Any) -> Any:
    request = publishers.AddPublisherKeyRequest(publisher=publisher, public_key_pem=pem.decode(), **fields)
    return (await client.call("publishers", "AddPublisherKey", request)).publisher


async def retire(client: Client, key_id: str, publisher: str = PUBLISHER, **fields: Any) -> Any:
    request = publishers.RetirePublisherKeyRequest(publisher=publisher, key_id=key_id, **fields)
    return (await client.call("publishers", "RetirePublisherKey", request)).publisher


async def revoke(client: Client, key_id: str, publisher: str = PUBLISHER, **fields: Any) -> Any:
    """The whole answer."""
    request = publishers.RevokePublisherKeyRequest(publisher=publisher, key_id=key_id, **fields)
    return await client.call("publishers", "RevokePublisherKey", request)


async def states(client: Client) -> dict[str, str]:
    """Version -> state, of the extension of all these tests."""
    found = await client.call("registry", "ListVersions", registry.ListVersionsRequest(extension=NAME))
    name = extension_pb2.VersionState.Name
    return {one.version: name(one.state).removeprefix("VERSION_STATE_").lower() for one in found.versions}


def signed_by(keys: Sequence[SigningKey], **changes: Any) -> Signed:
    """A bundle that several keys signed."""
    first = bundle(keys[0], **changes)
    envelopes = [json.loads(first.statement.sign(key)) for key in keys]
    signatures = [signature for envelope in envelopes for signature in envelope["signatures"]]
    return Signed(first.archive, first.statement, json.dumps(envelopes[0] | {"signatures": signatures}).encode())
