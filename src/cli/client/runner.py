"""The runner as commands use it."""

from typing import Final

from gen.alga.runner.v1 import execute_service_pb2, execute_service_pb2_grpc
from kernel.rpc import connect
from kernel.status import remote

_WARM_SECONDS: Final = 170.0  # the rpc's own limit is 180 s


async def warm(address: str, key: str, content_hash: str) -> bool:
    """Have a bundle fetched and compiled; waits for a runner that is still starting. Answers whether it had to compile.

    Raises Fault with what the rpc documents.
    """
    peer = connect(address, key)
    try:
        stub = execute_service_pb2_grpc.ExecuteServiceStub(peer.channel)
        request = execute_service_pb2.WarmRequest(content_hash=content_hash)
        with remote():
            answer = await stub.Warm(request, metadata=peer.metadata(), timeout=_WARM_SECONDS, wait_for_ready=True)
        return answer.compiled
    finally:
        await peer.channel.close()
