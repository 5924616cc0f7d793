"""Everything that may not be published leaves no row, no blob, no temporary file; tests/hostile goes through all of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from gen.alga.registry.v1 import publisher_service_pb2 as publishers
from gen.alga.registry.v1 import registry_service_pb2 as registry
from gen.alga.registry.v1 import registry_service_pb2_grpc
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from registry import receive
from tests.registry.bundles import Signed, bundle
from tests.registry.stack import Client, Stack, eventually

EMPTY = {
    "extension_registry": 0,
    "extension_version": 0,
    "extension_bundle": 0,
    "extension_api_endpoint": 0,
    "install_change": 0,
    "blobs": 0,
    "uploads": 0,
}


async def refusal(publishing: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await publishing
    return caught.value


def forged(signed: Signed, **changes: Any) -> bytes:
    """The envelope with other fields."""
    return json.dumps(json.loads(signed.envelope) | changes).encode()


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"size_bytes": 1}, Reason.BUNDLE_SIZE_MISMATCH),
        ({"size_bytes": 10_000}, Reason.BUNDLE_SIZE_MISMATCH),
        ({"size_bytes": receive.MAX_ARCHIVE_BYTES + 1}, Reason.PAYLOAD_TOO_LARGE),
        ({"size_bytes": 2**64 - 1}, Reason.PAYLOAD_TOO_LARGE),
        ({"content_hash": "sha256:" + "0" * 64}, Reason.STATEMENT_MISMATCH),
        ({"content_hash": "sha256:00"}, Reason.INVALID_ARGUMENT),
        ({"visibility": 9}, Reason.INVALID_ARGUMENT),
        ({"envelope": b""}, Reason.ENVELOPE_MISSING),
        ({"envelope": b"{}"}, Reason.ENVELOPE_INVALID),
        ({"envelope": b" " * (65 << 10)}, Reason.ENVELOPE_INVALID),
        ({"envelope": b"\xff\xfe"}, Reason.ENVELOPE_INVALID),
    ],
)
async def test_a_broken_promise(stack: Stack, header: dict[str, Any], reason: Reason) -> None:
    signed = bundle(stack.publisher_key)
    assert (await refusal(stack.clients["acme"].publish(signed, **header))).reason is reason
    assert stack.left() == EMPTY


async def test_a_trusted_key_of_nobody(stack: Stack) -> None:
    signed = bundle(stack.trusted_key)
    assert (await refusal(stack.clients["acme"].publish(signed))).reason is Reason.SIGNER_UNTRUSTED
    assert stack.left() == EMPTY


async def test_a_trusted_key_of_another_publisher(stack: Stack) -> None:
    await stack.publisher("other", stack.trusted_key)
    signed = bundle(stack.trusted_key)
    for name in ("acme", "other", "operator"):
        assert (await refusal(stack.clients[name].publish(signed))).reason is Reason.SIGNER_UNTRUSTED
    assert stack.left() == EMPTY


async def test_a_second_trusted_signature_does_not_hide_the_publishers(stack: Stack) -> None:
    signed = bundle(stack.publisher_key)
    envelope = json.loads(signed.envelope)
    other = json.loads(signed.resigned(stack.trusted_key).envelope)
    assert other["payload"] == envelope["payload"]
    header = {"envelope": forged(signed, signatures=[*other["signatures"], *envelope["signatures"]])}
    assert (await stack.clients["acme"].publish(signed, **header)).version.name == signed.statement.name


async def test_a_revoked_publisher_key(stack: Stack) -> None:
    request = publishers.RevokePublisherKeyRequest(publisher="acme", key_id=stack.publisher_key.public.key_id)
    await stack.operator.call("publishers", "RevokePublisherKey", request)
    assert (await refusal(stack.clients["acme"].publish(bundle(stack.publisher_key)))).reason is Reason.SIGNER_REVOKED
    assert stack.left() == EMPTY


@pytest.mark.parametrize("field", ["archive", "tar", "name", "version"])
async def test_a_statement_about_something_else(stack: Stack, field: str) -> None:
    other = {"archive": Digest.of(b""), "tar": Digest.of(b""), "name": "com.acme.other", "version": "2.0.0"}
    signed = bundle(stack.publisher_key).resigned(stack.publisher_key, **{field: other[field]})
    assert (await refusal(stack.clients["acme"].publish(signed))).reason is Reason.STATEMENT_MISMATCH
    assert stack.left() == EMPTY


async def test_an_altered_archive(stack: Stack) -> None:
    signed = bundle(stack.publisher_key)
    altered = Signed(bundle(stack.publisher_key, {"ui/index.html": b"evil"}).archive, signed.statement, signed.envelope)
    assert (await refusal(stack.clients["acme"].publish(altered))).reason is Reason.STATEMENT_MISMATCH
    kept = {"content_hash": str(signed.digest)}
    assert (await refusal(stack.clients["acme"].publish(altered, **kept))).reason is Reason.BUNDLE_DIGEST_MISMATCH
    assert stack.left() == EMPTY


async def test_a_publisher_publishes_for_itself_alone(stack: Stack) -> None:
    other = await stack.publisher("other", stack.trusted_key)
    assert (await refusal(other.publish(bundle(stack.publisher_key)))).reason is Reason.PERMISSION_DENIED
    assert stack.left() == EMPTY


async def test_a_name_of_another_publisher(stack: Stack) -> None:
    other = await stack.publisher("other", stack.trusted_key)
    await stack.clients["acme"].publish(bundle(stack.publisher_key))
    before = stack.left()
    foreign = bundle(stack.trusted_key, publisher="other", version="2.0.0")
    assert (await refusal(other.publish(foreign))).reason is Reason.NAME_TAKEN
    assert stack.left() == before


async def test_a_version_with_other_bytes(stack: Stack) -> None:
    await stack.clients["acme"].publish(bundle(stack.publisher_key))
    before = stack.left()
    changed = bundle(stack.publisher_key, {"ui/index.html": b"changed"})
    assert (await refusal(stack.clients["acme"].publish(changed))).reason is Reason.VERSION_CONFLICT
    assert stack.left() == before


async def send(client: Client, messages: Any) -> grpc.StatusCode:
    """Publish raw messages; what gRPC says."""
    stub = registry_service_pb2_grpc.RegistryServiceStub(client.peer.channel)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.PublishVersion(messages, metadata=client.peer.metadata(), timeout=30)
    return caught.value.code()


async def test_bytes_with_another_digest_than_the_signed_one(stack: Stack) -> None:
    signed = bundle(stack.publisher_key)
    other = signed.archive[:-1] + bytes([signed.archive[-1] ^ 1])
    fault = await refusal(
        stack.clients["acme"].publish(Signed(other, signed.statement, signed.envelope), content_hash=str(signed.digest))
    )
    assert fault.reason is Reason.BUNDLE_DIGEST_MISMATCH
    assert fault.facts == {"expected": str(signed.digest), "actual": str(Digest.of(other))}
    assert stack.left() == EMPTY


async def test_the_envelope_is_judged_before_the_first_chunk_is_read(stack: Stack) -> None:
    """A stranger's bytes cost nothing: the answer comes while the client has sent nothing but its promise."""
    signed = bundle(stack.stranger_key)
    header = registry.PublishHeader(content_hash=str(signed.digest), size_bytes=1 << 20, envelope=signed.envelope)

    async def waiting() -> AsyncIterator[registry.PublishVersionRequest]:
        yield registry.PublishVersionRequest(header=header)
        await asyncio.Event().wait()

    assert await send(stack.clients["acme"], waiting()) is grpc.StatusCode.FAILED_PRECONDITION
    assert stack.left() == EMPTY


@pytest.mark.parametrize("limit", ["MAX_UPLOADS", "MAX_UPLOADS_EACH"])
async def test_too_many_uploads_at_once(stack: Stack, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(receive, limit, 0)
    assert (await refusal(stack.clients["acme"].publish(bundle(stack.publisher_key)))).reason is Reason.OVERLOADED
    assert stack.left() == EMPTY


async def test_one_publisher_does_not_take_all_the_places(stack: Stack) -> None:
    other = await stack.publisher("other", stack.trusted_key)
    signed = bundle(stack.publisher_key)
    header = registry.PublishHeader(content_hash=str(signed.digest), size_bytes=1 << 20, envelope=signed.envelope)

    async def held() -> AsyncIterator[registry.PublishVersionRequest]:
        yield registry.PublishVersionRequest(header=header)
        yield registry.PublishVersionRequest(chunk=b"x")
        await asyncio.Event().wait()

    acme = stack.clients["acme"]
    stub = registry_service_pb2_grpc.RegistryServiceStub(acme.peer.channel)
    calls = [stub.PublishVersion(held(), metadata=acme.peer.metadata()) for _ in range(receive.MAX_UPLOADS_EACH)]
    await eventually(lambda: stack.left()["uploads"] == receive.MAX_UPLOADS_EACH)
    assert (await refusal(acme.publish(signed))).reason is Reason.OVERLOADED
    # An operator's upload for the publisher counts as the publisher's.
    assert (await refusal(stack.operator.publish(signed))).reason is Reason.OVERLOADED
    assert not (await other.publish(bundle(stack.trusted_key, name="com.other.x", publisher="other"))).existed
    for call in calls:
        call.cancel()
    await eventually(lambda: stack.left()["uploads"] == 0)
    assert not (await acme.publish(signed)).existed
