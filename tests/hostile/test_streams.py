"""Uploads that break their promise: they end early, never end, or trickle. Each is refused in bounded time and keeps nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import grpc
import pytest
import pytest_asyncio

from gen.alga.registry.v1 import registry_service_pb2 as registry
from gen.alga.registry.v1 import registry_service_pb2_grpc
from kernel.errors import Fault, Reason
from kernel.rpc import MAX_CHUNK_BYTES, MAX_MESSAGE_BYTES
from kernel.status import remote
from registry import receive
from tests.hostile.publishing import kept, refused
from tests.registry.bundles import Signed, bundle
from tests.registry.stack import Client, Stack, eventually, started

pytestmark = pytest.mark.asyncio(loop_scope="session")
Message = registry.PublishVersionRequest


def header(signed: Signed, **changes: Any) -> Message:
    promise = {"content_hash": str(signed.digest), "size_bytes": len(signed.archive), "envelope": signed.envelope}
    return Message(header=registry.PublishHeader(**(promise | changes)))


def chunk(data: bytes) -> Message:
    return Message(chunk=data)


def sending(client: Client, messages: Iterable[Message] | AsyncIterator[Message]) -> Any:
    """The rpc of an upload of raw messages; whoever waits for it longer than that, waits for ever."""
    stub = registry_service_pb2_grpc.RegistryServiceStub(client.peer.channel)
    return stub.PublishVersion(messages, metadata=client.peer.metadata(), timeout=20)


async def send(client: Client, messages: Iterable[Message] | AsyncIterator[Message]) -> Any:
    with remote():
        return await sending(client, messages)


Messages = Callable[[Signed], list[Message]]
OUT_OF_ORDER: dict[str, Messages] = {
    "no messages": lambda _: [],
    "an empty message": lambda _: [Message()],
    "a chunk first": lambda signed: [chunk(signed.archive)],
    "a chunk before the header": lambda signed: [chunk(signed.archive), header(signed)],
    "the header twice": lambda signed: [header(signed), header(signed), chunk(signed.archive)],
    "the header again at the end": lambda signed: [header(signed), chunk(signed.archive), header(signed)],
    "an empty message between": lambda signed: [header(signed), Message(), chunk(signed.archive)],
    "an empty chunk": lambda signed: [header(signed), chunk(b""), chunk(signed.archive)],
    "an empty chunk at the end": lambda signed: [header(signed), chunk(signed.archive), chunk(b"")],
    "a header of nothing": lambda signed: [Message(header=registry.PublishHeader()), chunk(signed.archive)],
    "a hash that is none": lambda signed: [header(signed, content_hash="sha256:00"), chunk(signed.archive)],
    "a hash of a megabyte": lambda signed: [header(signed, content_hash="0" * (1 << 20)), chunk(signed.archive)],
    "a visibility that is none": lambda signed: [header(signed, visibility=9), chunk(signed.archive)],
    "a chunk that is too large": lambda signed: [header(padded(signed)), chunk(bytes(MAX_CHUNK_BYTES + 1))],
    "a chunk of ten megabytes": lambda signed: [header(padded(signed)), chunk(bytes(10 << 20))],
}


def padded(signed: Signed) -> Signed:
    """A promise of more bytes than any of these uploads sends."""
    return Signed(signed.archive + bytes(20 << 20), signed.statement, signed.envelope)


@pytest.mark.parametrize("messages", OUT_OF_ORDER.values(), ids=OUT_OF_ORDER)
async def test_messages_out_of_order(shared: Stack, messages: Messages) -> None:
    signed = bundle(shared.publisher_key)
    given = messages(signed)
    if given and given[0].header.size_bytes > len(signed.archive):  # a promise that the signer made, too
        larger = padded(signed).resigned(shared.publisher_key, archive=padded(signed).digest)
        given[0] = header(larger)
    assert (await refused(shared, send(shared.clients["acme"], given))).reason is Reason.INVALID_ARGUMENT


@pytest.mark.parametrize("place", ["header", "chunk"])
async def test_a_message_beyond_all_limits(shared: Stack, place: str) -> None:
    """gRPC itself refuses it, before it is in memory."""
    signed, huge = bundle(shared.publisher_key), bytes(MAX_MESSAGE_BYTES)
    messages = [header(signed, envelope=huge)] if place == "header" else [header(signed), chunk(huge)]
    assert (await refused(shared, send(shared.clients["acme"], messages))).reason is Reason.PAYLOAD_TOO_LARGE


async def test_an_envelope_of_megabytes(shared: Stack) -> None:
    signed = bundle(shared.publisher_key)
    fault = await refused(shared, send(shared.clients["acme"], [header(signed, envelope=bytes(8 << 20)), chunk(signed.archive)]))
    assert fault.reason is Reason.ENVELOPE_INVALID


@pytest.mark.parametrize("missing", [1, 2, 100, None])
async def test_a_stream_that_ends_early(shared: Stack, missing: int | None) -> None:
    signed = bundle(shared.publisher_key)
    messages = [header(signed), *([chunk(signed.archive[:-missing])] if missing else [])]
    fault = await refused(shared, send(shared.clients["acme"], messages))
    assert fault.reason is Reason.BUNDLE_SIZE_MISMATCH
    assert fault.facts["expected"] == str(len(signed.archive))


@pytest.mark.parametrize("size", [0, 1, -1, +1, 10_000])
async def test_another_size(shared: Stack, size: int) -> None:
    signed = bundle(shared.publisher_key)
    told = len(signed.archive) + size if size in (-1, 1) else size
    messages = [header(signed, size_bytes=told), chunk(signed.archive)]
    assert (await refused(shared, send(shared.clients["acme"], messages))).reason is Reason.BUNDLE_SIZE_MISMATCH


@pytest.mark.parametrize("size", [receive.MAX_ARCHIVE_BYTES + 1, 2**63, 2**64 - 1])
async def test_a_size_beyond_the_limit_is_refused_before_a_byte(shared: Stack, size: int) -> None:
    signed = bundle(shared.publisher_key)
    asked = asyncio.Event()

    async def messages() -> AsyncIterator[Message]:
        yield header(signed, size_bytes=size)
        await asked.wait()

    assert (await refused(shared, send(shared.clients["acme"], messages()))).reason is Reason.PAYLOAD_TOO_LARGE


async def test_other_bytes_than_promised(shared: Stack) -> None:
    signed = bundle(shared.publisher_key)
    for data in (signed.archive[::-1], bytes(len(signed.archive)), signed.archive[:-1] + b"\0"):
        fault = await refused(shared, send(shared.clients["acme"], [header(signed), chunk(data)]))
        assert fault.reason is Reason.BUNDLE_DIGEST_MISMATCH


@pytest.mark.parametrize("size", [1, 1_000, MAX_CHUNK_BYTES])
async def test_a_stream_that_never_ends(shared: Stack, size: int) -> None:
    """It is cut off at the first byte beyond its promise, not at its end, which never comes.

    A client that is still writing may lose the answer and see a broken connection.
    """
    signed, before = bundle(shared.publisher_key), kept(shared)

    async def messages() -> AsyncIterator[Message]:
        yield header(signed)
        while True:
            yield chunk(bytes(size))

    with pytest.raises(Fault) as caught:
        await send(shared.clients["acme"], messages())
    assert caught.value.reason in {Reason.BUNDLE_SIZE_MISMATCH, Reason.UNAVAILABLE}
    await eventually(lambda: kept(shared) == before)


async def test_a_flood_of_small_messages_is_as_long_as_its_promise(shared: Stack) -> None:
    signed = bundle(shared.publisher_key)
    messages = [header(signed), *(chunk(signed.archive[at : at + 1]) for at in range(len(signed.archive) - 1)), chunk(b"\0")]
    assert (await refused(shared, send(shared.clients["acme"], messages))).reason is Reason.BUNDLE_DIGEST_MISMATCH


async def test_a_client_that_vanishes(shared: Stack) -> None:
    signed, before = bundle(shared.publisher_key), kept(shared)

    async def messages() -> AsyncIterator[Message]:
        yield header(signed)
        yield chunk(signed.archive[:-1])
        await asyncio.Event().wait()

    call = sending(shared.clients["acme"], messages())
    await eventually(lambda: kept(shared) != before)
    call.cancel()
    await eventually(lambda: kept(shared) == before)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hasty() -> AsyncIterator[Stack]:
    """A registry whose patience is over after 0.3 s of silence, or, once an upload took as long, below a million bytes a second."""
    async with started(upload_idle_seconds=0.3, upload_bytes_per_second=1_000_000) as stack:
        yield stack


async def nothing(_: Signed) -> AsyncIterator[Message]:
    """Opens a stream and says nothing at all."""
    await asyncio.Event().wait()
    yield Message()


async def a_header(signed: Signed) -> AsyncIterator[Message]:
    yield header(signed)
    await asyncio.Event().wait()


async def all_but_the_end(signed: Signed) -> AsyncIterator[Message]:
    """Everything is there; it is the end of the stream that does not come."""
    yield header(signed)
    yield chunk(signed.archive)
    await asyncio.Event().wait()


@pytest.mark.parametrize("slow", [nothing, a_header, all_but_the_end])
async def test_slowness(hasty: Stack, slow: Callable[[Signed], AsyncIterator[Message]]) -> None:
    fault = await refused(hasty, send(hasty.clients["acme"], slow(bundle(hasty.publisher_key))))
    assert fault.reason is Reason.DEADLINE_EXCEEDED
    assert Fault(Reason.DEADLINE_EXCEEDED).public in fault.log  # the registry lost its patience, not this client


async def test_slow_uploads_do_not_take_the_places_of_others(hasty: Stack) -> None:
    """As many as one publisher may have at once; they end, and the next one is served."""
    signed, before = bundle(hasty.publisher_key, version="3.0.0"), kept(hasty)
    slow = [send(hasty.clients["acme"], all_but_the_end(bundle(hasty.publisher_key))) for _ in range(20)]
    answers = await asyncio.gather(*slow, return_exceptions=True)
    assert {answer.reason for answer in answers if isinstance(answer, Fault)} <= {Reason.DEADLINE_EXCEEDED, Reason.OVERLOADED}
    assert all(isinstance(answer, Fault) for answer in answers)
    assert kept(hasty) == before
    assert (await hasty.clients["acme"].publish(signed)).version.version == "3.0.0"


async def test_what_gRPC_says_of_a_broken_promise(shared: Stack) -> None:
    """Callers in other languages see the code alone."""
    signed = bundle(shared.publisher_key)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await sending(shared.clients["acme"], [header(signed), chunk(signed.archive[:-1])])
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
