"""`alga.registry.v1.RegistryService`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import extension_pb2
from gen.alga.registry.v1 import registry_service_pb2 as pb
from gen.alga.registry.v1 import registry_service_pb2_grpc as grpc_pb
from kernel.auth import Principal, Role, current_principal
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import GO_AHEAD
from registry import convert
from registry.browse import Browse
from registry.download import Download
from registry.lifecycle import Lifecycle
from registry.model import Extension
from registry.publish import Publish

_Context = ServicerContext[Any, Any]


class RegistryServicer(grpc_pb.RegistryServiceServicer):
    """Converts, calls, converts. An upload has to begin within `idle_seconds`."""

    def __init__(self, publish: Publish, browse: Browse, lifecycle: Lifecycle, download: Download, *, idle_seconds: float) -> None:
        self._publish, self._browse, self._lifecycle, self._download = publish, browse, lifecycle, download
        self._idle_seconds = idle_seconds

    async def PublishVersion(
        self, request_iterator: AsyncIterator[pb.PublishVersionRequest], context: _Context
    ) -> pb.PublishVersionResponse:
        """Publish one version."""
        try:
            async with asyncio.timeout(self._idle_seconds):
                first = await anext(request_iterator, None)
        except TimeoutError as error:  # later silence is the receiver's business
            raise Fault(Reason.DEADLINE_EXCEEDED, log=f"the upload did not begin within {self._idle_seconds:g} s") from error
        if first is None or first.WhichOneof("part") != "header":
            raise Fault.invalid("header", "must be the first message")
        promise = convert.promise_from_proto(first.header)
        version, existed = await self._publish.publish(current_principal(), promise, _chunks(request_iterator, context))
        return pb.PublishVersionResponse(version=convert.version_to_proto(version), existed=existed)

    async def GetExtension(self, request: pb.GetExtensionRequest, context: _Context) -> pb.GetExtensionResponse:
        """Read one extension."""
        extension = await self._browse.extension(current_principal(), request.extension)
        return pb.GetExtensionResponse(extension=_shown(extension, current_principal()))

    async def ListExtensions(self, request: pb.ListExtensionsRequest, context: _Context) -> pb.ListExtensionsResponse:
        """List extensions."""
        found, token = await self._browse.extensions(current_principal(), request.page_size, request.page_token)
        shown = [_shown(extension, current_principal()) for extension in found]
        return pb.ListExtensionsResponse(extensions=shown, next_page_token=token)

    async def GetVersion(self, request: pb.GetVersionRequest, context: _Context) -> pb.GetVersionResponse:
        """Read one version."""
        version = await self._browse.version(current_principal(), request.extension, request.version)
        return pb.GetVersionResponse(version=convert.version_to_proto(version))

    async def ListVersions(self, request: pb.ListVersionsRequest, context: _Context) -> pb.ListVersionsResponse:
        """List versions."""
        found, token = await self._browse.versions(current_principal(), request.extension, request.page_size, request.page_token)
        return pb.ListVersionsResponse(versions=map(convert.version_to_proto, found), next_page_token=token)

    async def DeprecateExtension(self, request: pb.DeprecateExtensionRequest, context: _Context) -> pb.DeprecateExtensionResponse:
        """Mark an extension as no longer developed."""
        extension = await self._lifecycle.deprecate(current_principal(), request.extension, request.message)
        return pb.DeprecateExtensionResponse(extension=_shown(extension, current_principal()))

    async def SetVisibility(self, request: pb.SetVisibilityRequest, context: _Context) -> pb.SetVisibilityResponse:
        """Set who may see an extension."""
        visibility = convert.visibility_from_proto(request.visibility)
        extension = await self._lifecycle.show(current_principal(), request.extension, visibility, request.allowed_tenants)
        return pb.SetVisibilityResponse(extension=_shown(extension, current_principal()))

    async def YankVersion(self, request: pb.YankVersionRequest, context: _Context) -> pb.YankVersionResponse:
        """Withdraw a version."""
        version = await self._lifecycle.yank(current_principal(), request.extension, request.version)
        return pb.YankVersionResponse(version=convert.version_to_proto(version))

    async def RevokeVersion(self, request: pb.RevokeVersionRequest, context: _Context) -> pb.RevokeVersionResponse:
        """Stop a version."""
        version = await self._lifecycle.revoke(current_principal(), request.extension, request.version)
        return pb.RevokeVersionResponse(version=convert.version_to_proto(version))

    async def ReadBundle(self, request: pb.ReadBundleRequest, context: _Context) -> AsyncIterator[pb.ReadBundleResponse]:
        """Read a bundle."""
        async for part in self._download.read(current_principal(), Digest.parse(request.content_hash)):
            yield convert.download_to_proto(part)

    async def ReadVariants(self, request: pb.ReadVariantsRequest, context: _Context) -> AsyncIterator[pb.ReadVariantsResponse]:
        """Read the compressed forms of a bundle's UI."""
        async for chunk in self._download.variants(current_principal(), Digest.parse(request.content_hash)):
            yield pb.ReadVariantsResponse(chunk=chunk)


async def _chunks(messages: AsyncIterator[pb.PublishVersionRequest], context: _Context) -> AsyncIterator[bytes]:
    # Asked for once the envelope was judged: who waits for this go-ahead uploads nothing in vain, and hears every refusal.
    await context.send_initial_metadata((GO_AHEAD,))
    async for message in messages:
        if message.WhichOneof("part") != "chunk":
            raise Fault.invalid("part", "must be a chunk after the first message")
        yield message.chunk


def _shown(extension: Extension, principal: Principal) -> extension_pb2.Extension:
    return convert.extension_to_proto(extension, with_tenants=principal.role is not Role.TENANT_ADMIN)
