"""How slow an upload may be, by a clock that the test sets, and what is left of one that is given up."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from itertools import chain, repeat
from pathlib import Path

import grpc
import pytest

from gen.alga.registry.v1 import registry_service_pb2 as registry
from gen.alga.registry.v1 import registry_service_pb2_grpc
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import MAX_CHUNK_BYTES
from registry.receive import BATCH_BYTES, Pace, Receiver
from tests.registry.bundles import bundle
from tests.registry.stack import started
from tests.registry.test_publish_refusals import EMPTY

RATE = 16 << 10


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def feed(self, chunks: Iterable[tuple[float, bytes]]) -> AsyncIterator[bytes]:
        """Each chunk that many seconds after the one before."""
        for seconds, chunk in chunks:
            self.now += seconds
            yield chunk


async def outcome(folder: Path, chunks: list[tuple[float, bytes]], promised: bytes | None = None) -> Reason | None:
    """What becomes of an upload; nothing of it may stay."""
    clock = Clock()
    receiver = Receiver(folder, Pace(20, RATE, clock))
    content = promised if promised is not None else b"".join(chunk for _, chunk in chunks)
    try:
        async with receiver.receive("p", Digest.of(content), len(content), clock.feed(chunks)) as received:
            assert received.archive.read_bytes() == content
        return None
    except Fault as fault:
        return fault.reason
    finally:
        assert os.listdir(folder) == []


SECOND = bytes(RATE)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([(60, b"x")] * 3, Reason.DEADLINE_EXCEEDED),
        ([(19, b"x")] * 3, Reason.DEADLINE_EXCEEDED),
        ([(0.1, b"x")] * 300, Reason.DEADLINE_EXCEEDED),
        ([(1.01, SECOND)] * 40, Reason.DEADLINE_EXCEEDED),
        ([(0, SECOND)] * 100 + [(50, SECOND)], None),  # what was early may be late; silence is another matter
        ([(0.95, SECOND)] * 100, None),
        ([(15, b"xyz"), (0, b"x")], None),
        ([], None),
    ],
)
async def test_the_pace_of_an_upload(tmp_path: Path, chunks: list[tuple[float, bytes]], expected: Reason | None) -> None:
    assert await outcome(tmp_path, chunks) is expected


@pytest.mark.parametrize("size", [1, BATCH_BYTES - 1, BATCH_BYTES, BATCH_BYTES + 1, 3 * BATCH_BYTES + 17])
async def test_batches_lose_nothing(tmp_path: Path, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    chunks = [(0.0, content[start : start + MAX_CHUNK_BYTES]) for start in range(0, size, MAX_CHUNK_BYTES)]
    assert await outcome(tmp_path, chunks) is None
    assert await outcome(tmp_path, chunks, content[:-1]) is Reason.BUNDLE_SIZE_MISMATCH
    assert await outcome(tmp_path, chunks, content + b"x") is Reason.BUNDLE_SIZE_MISMATCH
    assert await outcome(tmp_path, chunks, content[:-1] + b"\xff") is Reason.BUNDLE_DIGEST_MISMATCH


async def test_an_upload_that_never_ends_is_bounded_by_its_promise(tmp_path: Path) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += MAX_CHUNK_BYTES
            yield bytes(MAX_CHUNK_BYTES)

    receiver = Receiver(tmp_path)
    with pytest.raises(Fault) as caught:
        async with receiver.receive("p", Digest.of(b""), 1 << 20, endless()):
            pass
    assert caught.value.reason is Reason.BUNDLE_SIZE_MISMATCH
    assert sent == (1 << 20) + MAX_CHUNK_BYTES
    assert os.listdir(tmp_path) == []


async def test_a_trickle_is_given_up_through_the_whole_stack() -> None:
    """One byte after the other, never silent: it is the average that ends it.

    A synchronous client: grpc.aio says INTERNAL of itself when it writes while the answer arrives.
    """
    async with started(upload_idle_seconds=0.3, upload_bytes_per_second=10e6) as stack:
        signed, peer = bundle(stack.publisher_key), stack.clients["acme"].peer
        header = registry.PublishHeader(content_hash=str(signed.digest), size_bytes=1 << 20, envelope=signed.envelope)

        def publish() -> grpc.StatusCode:
            messages = chain([registry.PublishVersionRequest(header=header)], repeat(registry.PublishVersionRequest(chunk=b"x")))
            with grpc.insecure_channel(stack.address) as channel:
                call = registry_service_pb2_grpc.RegistryServiceStub(channel).PublishVersion.future(
                    messages, metadata=peer.metadata(), timeout=30
                )
                return call.code()

        assert await asyncio.to_thread(publish) is grpc.StatusCode.DEADLINE_EXCEEDED
        assert stack.left() == EMPTY
