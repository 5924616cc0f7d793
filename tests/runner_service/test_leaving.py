"""Callers who go away: nothing of theirs stays in use."""

import asyncio
import gc

import pytest

from gen.alga.runner.v1 import asset_service_pb2, asset_service_pb2_grpc
from kernel.convert import signed_to_proto
from kernel.digest import Digest
from kernel.errors import Reason
from runner.bundles.cache import BundleCache
from tests.runner_service.conftest import Platform
from tests.runner_service.test_execute import failure

pytestmark = pytest.mark.asyncio(loop_scope="session")


def users(content_hash: Digest) -> list[int]:
    caches = [one for one in gc.get_objects() if isinstance(one, BundleCache)]
    return [cache._items[content_hash].users for cache in caches if content_hash in cache._items]


async def unused(content_hash: Digest) -> None:
    async with asyncio.timeout(10):
        while users(content_hash) != [0]:  # noqa: ASYNC110 - the end of a use tells nobody
            await asyncio.sleep(0.01)


async def test_download_that_its_caller_leaves_ends(platform: Platform) -> None:
    content_hash = platform.publish("hello", files={"ui/big.txt": bytes(platform.runner.settings.static_max_file_bytes)})
    stub = asset_service_pb2_grpc.AssetServiceStub(platform.runner.peer.channel)
    request = asset_service_pb2.GetAssetRequest(grant=signed_to_proto(platform.registry.asset_grant(content_hash)), path="big.txt")
    stream = stub.GetAsset(request, metadata=platform.runner.peer.metadata())
    assert (await anext(aiter(stream))).header.size_bytes
    assert users(content_hash) == [1]
    stream.cancel()
    await unused(content_hash)


async def test_call_whose_caller_leaves_gives_its_lane_back(platform: Platform) -> None:
    content_hash = platform.publish("spin")
    await platform.runner.warm(content_hash)
    grant = platform.registry.grant(content_hash)
    faults = await asyncio.gather(*(failure(platform.runner.execute(grant, timeout_ms=500, rpc_timeout=0.2)) for _ in range(8)))
    assert {fault.reason for fault in faults} <= {Reason.DEADLINE_EXCEEDED, Reason.GUEST_TIMED_OUT, Reason.OVERLOADED}
    await unused(content_hash)
    good = platform.registry.grant(platform.publish("hello"))
    answers = await asyncio.gather(*(platform.runner.execute(good) for _ in range(8)))
    assert {answer.status for answer in answers} == {200}
