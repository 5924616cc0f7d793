"""Extensions and their versions, over `alga.registry.v1.RegistryService`. Every method raises Fault with what the rpc documents."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from grpc import aio

from cli.client.calls import Calls
from cli.client.convert import enum_number, record
from cli.output import Record
from gen.alga.registry.v1 import extension_pb2, registry_service_pb2, registry_service_pb2_grpc
from kernel.digest import Digest
from kernel.rpc import GO_AHEAD, MAX_CHUNK_BYTES, Peer
from kernel.status import remote

PUBLISH_TIMEOUT: Final = 600.0  # an upload of 100 MiB and its inspection


class Extensions(Calls):
    """What exists."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._stub = registry_service_pb2_grpc.RegistryServiceStub(peer.channel)

    async def publish(self, bundle: bytes, envelope: bytes, visibility: str, sent: Callable[[int], None]) -> tuple[Record, bool]:
        """Publish a bundle; `sent` hears of each chunk's bytes. Answers the version and whether it existed."""
        header = registry_service_pb2.PublishHeader(
            content_hash=str(Digest.of(bundle)),
            size_bytes=len(bundle),
            envelope=envelope,
            visibility=enum_number(extension_pb2.Visibility.DESCRIPTOR, visibility, "visibility"),  # type: ignore[arg-type]  # enums are ints
        )

        with remote():
            call = self._stub.PublishVersion(metadata=self._peer.metadata(), timeout=PUBLISH_TIMEOUT)
            await call.write(registry_service_pb2.PublishVersionRequest(header=header))
            # A client that writes on would miss a refusal: gRPC tells it of the end of the connection instead.
            if GO_AHEAD in tuple(await call.initial_metadata()):
                await _send(call, bundle, sent)
            answer = await call
        return record(answer.version), answer.existed

    async def get(self, extension: str) -> Record:
        """One extension by id or name."""
        request = registry_service_pb2.GetExtensionRequest(extension=extension)
        answer = await self._ask(self._stub.GetExtension, request)
        return record(answer.extension)

    async def list_all(self) -> list[Record]:
        """All extensions that the key may see, by name."""
        request = registry_service_pb2.ListExtensionsRequest()
        return await self._every(self._stub.ListExtensions, request, lambda page: page.extensions)

    async def version(self, extension: str, version: str) -> Record:
        """One version."""
        request = registry_service_pb2.GetVersionRequest(extension=extension, version=version)
        answer = await self._ask(self._stub.GetVersion, request)
        return record(answer.version)

    async def versions(self, extension: str) -> list[Record]:
        """All versions of an extension, newest first."""
        request = registry_service_pb2.ListVersionsRequest(extension=extension)
        return await self._every(self._stub.ListVersions, request, lambda page: page.versions)

    async def set_visibility(self, extension: str, visibility: str, tenants: Sequence[str]) -> Record:
        """Set who may see and install an extension; `tenants` replaces the list of those that see a private one."""
        request = registry_service_pb2.SetVisibilityRequest(
            extension=extension,
            visibility=enum_number(extension_pb2.Visibility.DESCRIPTOR, visibility, "visibility"),  # type: ignore[arg-type]  # as above
            allowed_tenants=tenants,
        )
        answer = await self._ask(self._stub.SetVisibility, request)
        return record(answer.extension)

    async def deprecate(self, extension: str, message: str) -> Record:
        """Mark an extension as no longer developed; answers it as it is now."""
        request = registry_service_pb2.DeprecateExtensionRequest(extension=extension, message=message)
        answer = await self._ask(self._stub.DeprecateExtension, request)
        return record(answer.extension)

    async def yank(self, extension: str, version: str) -> Record:
        """Withdraw a version from new installs; answers it as it is now."""
        request = registry_service_pb2.YankVersionRequest(extension=extension, version=version)
        answer = await self._ask(self._stub.YankVersion, request)
        return record(answer.version)

    async def revoke(self, extension: str, version: str) -> Record:
        """Stop a version everywhere; answers it as it is now."""
        request = registry_service_pb2.RevokeVersionRequest(extension=extension, version=version)
        answer = await self._ask(self._stub.RevokeVersion, request)
        return record(answer.version)


async def _send(call: "aio.StreamUnaryCall[Any, Any]", bundle: bytes, sent: Callable[[int], None]) -> None:
    for start in range(0, len(bundle), MAX_CHUNK_BYTES):
        if call.done():
            return
        chunk = bundle[start : start + MAX_CHUNK_BYTES]
        await call.write(registry_service_pb2.PublishVersionRequest(chunk=chunk))
        sent(len(chunk))
    await call.done_writing()
