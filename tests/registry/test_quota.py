"""How many bytes a publisher's archives may have together."""

import asyncio
from collections.abc import AsyncIterator

import grpc

from gen.alga.registry.v1 import publisher_service_pb2 as publishers
from gen.alga.registry.v1 import registry_service_pb2 as registry
from kernel.errors import Fault, Reason
from kernel.signing import SigningKey
from tests.registry.bundles import bundle
from tests.registry.calls import refused
from tests.registry.stack import Stack, eventually, started
from tests.registry.test_publish_refusals import EMPTY, send


async def told(stack: Stack) -> tuple[int, int]:
    answer = await stack.clients["acme"].call("publishers", "GetPublisher", publishers.GetPublisherRequest(name="acme"))
    return answer.publisher.stored_bytes, answer.publisher.quota_bytes


def noise(size: int) -> dict[str, bytes]:
    """Bytes that do not get smaller."""
    return {"ui/noise.bin": b"".join(number.to_bytes(4, "big") * 3 for number in range(size // 12))}


async def test_a_publisher_stores_so_many_bytes() -> None:
    async with started(publisher_quota_bytes=1_000) as stack:
        acme, first = stack.clients["acme"], bundle(stack.publisher_key)
        assert await told(stack) == (0, 1_000)
        await acme.publish(first)
        used = len(first.archive)
        assert await told(stack) == (used, 1_000)
        before = stack.left()
        large = bundle(stack.publisher_key, noise(9_000), version="1.1.0")
        assert len(large.archive) > 1_000 - used
        fault = await refused(acme.publish(large))
        assert (fault.reason, fault.facts) == (
            Reason.QUOTA_EXCEEDED,
            {"quota": "stored_bytes", "limit": "1000", "used": str(used)},
        )
        assert stack.left() == before
        # Another publisher has a quota of its own.
        other = await stack.publisher("other", stack.trusted_key)
        await other.publish(bundle(stack.trusted_key, name="com.other.x", publisher="other"))
        assert await told(stack) == (used, 1_000)


async def test_a_quota_that_is_just_used_up_lets_the_same_bytes_pass_again() -> None:
    async with started(publisher_quota_bytes=0) as stack:
        assert (await refused(stack.clients["acme"].publish(bundle(stack.publisher_key)))).reason is Reason.QUOTA_EXCEEDED
        assert stack.left() == EMPTY
    async with started(publisher_quota_bytes=len(bundle(SigningKey.generate()).archive)) as stack:
        signed = bundle(stack.publisher_key)
        assert not (await stack.clients["acme"].publish(signed)).existed
        assert (await stack.clients["acme"].publish(signed)).existed


async def test_a_quota_is_looked_at_before_the_first_chunk_is_read() -> None:
    async with started(publisher_quota_bytes=1 << 20) as stack:
        signed = bundle(stack.publisher_key)
        header = registry.PublishHeader(content_hash=str(signed.digest), size_bytes=(1 << 20) + 1, envelope=signed.envelope)

        async def waiting() -> AsyncIterator[registry.PublishVersionRequest]:
            yield registry.PublishVersionRequest(header=header)
            await asyncio.Event().wait()

        assert await send(stack.clients["acme"], waiting()) is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert stack.left() == EMPTY


async def test_two_uploads_at_once_do_not_share_what_is_left() -> None:
    """Each fits alone when it begins; the one that is recorded second is over the quota."""
    size = len(bundle(SigningKey.generate()).archive)
    async with started(publisher_quota_bytes=size + size // 2) as stack:
        bundles = [bundle(stack.publisher_key, version=f"1.{minor}.0") for minor in range(2)]
        assert max(len(one.archive) for one in bundles) <= size + size // 2 < sum(len(one.archive) for one in bundles)
        headers = [
            registry.PublishHeader(content_hash=str(one.digest), size_bytes=len(one.archive), envelope=one.envelope)
            for one in bundles
        ]
        go_on = asyncio.Event()

        async def upload(number: int) -> Reason | None:
            async def messages() -> AsyncIterator[registry.PublishVersionRequest]:
                yield registry.PublishVersionRequest(header=headers[number])
                yield registry.PublishVersionRequest(chunk=bundles[number].archive[:1])
                await go_on.wait()
                yield registry.PublishVersionRequest(chunk=bundles[number].archive[1:])

            try:
                await stack.clients["acme"].call("registry", "PublishVersion", messages())
            except Fault as fault:
                return fault.reason
            return None

        uploads = [asyncio.create_task(upload(number)) for number in range(2)]
        await eventually(lambda: stack.left()["uploads"] == 2)
        go_on.set()
        assert set(await asyncio.gather(*uploads)) == {None, Reason.QUOTA_EXCEEDED}
        left = stack.left()
        assert (left["extension_version"], left["extension_bundle"], left["blobs"], left["uploads"]) == (1, 1, 2, 0)
