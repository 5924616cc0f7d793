"""`alga.runner.v1.AssetService` on the wire."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from grpc import aio

from gen.alga.runner.v1 import asset_service_pb2, asset_service_pb2_grpc
from runner import convert
from runner.assets import ReadAsset
from runner.ops.gate import Gate


class AssetServicer(asset_service_pb2_grpc.AssetServiceServicer):
    """Serves UI files."""

    def __init__(self, gate: Gate, read_asset: ReadAsset) -> None:
        self._gate = gate
        self._read_asset = read_asset

    async def GetAsset(
        self, request: asset_service_pb2.GetAssetRequest, _context: aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[asset_service_pb2.GetAssetResponse]:
        """Read one file: its header, then its bytes."""
        # Closed here when the caller goes away, so that the bundle's use ends with the rpc.
        with self._gate:
            async with aclosing(self._read_asset.run(convert.asset_query_from_proto(request))) as parts:
                async for part in parts:
                    if isinstance(part, bytes):
                        yield asset_service_pb2.GetAssetResponse(chunk=part)
                    else:
                        yield convert.asset_header_to_proto(part)
