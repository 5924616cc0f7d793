"""Where bundles come from: the registry, over `ReadBundle` and `ReadVariants`."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from gen.alga.registry.v1 import registry_service_pb2, registry_service_pb2_grpc
from kernel.convert import signed_from_proto
from kernel.digest import Digest
from kernel.dsse import MAX_ENVELOPE_BYTES
from kernel.errors import Fault, Reason
from kernel.rpc import Peer
from runner.bundles.model import Proof
from runner.registry_rpc import registry_rpc

MAX_ARCHIVE_BYTES: Final = 100 << 20  # the upload limit: a registry that sends more must not fill the disk
MAX_VARIANTS_BYTES: Final = 17 << 20  # 16 MiB of bodies, and their names
FETCH_SECONDS: Final = 120.0
_BUFFER: Final = 1 << 20  # bytes handed to the disk at once
_TOLD: Final = frozenset({Reason.NOT_FOUND, Reason.VERSION_REVOKED, Reason.BUNDLE_INTEGRITY})


class BundleSource(Protocol):
    """Where bundles come from."""

    async def fetch(self, content_hash: Digest, archive: Path) -> Proof:
        """Write the archive to a new file and answer what came with it.

        The bytes have the hash; the proof is not verified. Raises NOT_FOUND, VERSION_REVOKED, BUNDLE_INTEGRITY (what came is not
        what was asked for) and UNAVAILABLE; the file may exist then, in part.
        """
        ...

    async def fetch_variants(self, content_hash: Digest, variants: Path) -> None:
        """Write the compressed forms of the UI's text to a new file, if there are any; nothing of them is verified.

        Raises as `fetch` does; the file may exist then, in part.
        """
        ...


class RegistrySource:
    """Bundles of the registry."""

    def __init__(self, registry: Peer) -> None:
        self._registry = registry
        self._stub = registry_service_pb2_grpc.RegistryServiceStub(registry.channel)

    async def fetch(self, content_hash: Digest, archive: Path) -> Proof:
        """As the port says."""
        request = registry_service_pb2.ReadBundleRequest(content_hash=str(content_hash))
        with registry_rpc(_TOLD):
            stream = self._stub.ReadBundle(request, metadata=self._registry.metadata(), timeout=FETCH_SECONDS)
            messages = aiter(stream)
            first = await anext(messages, None)
            if first is None or first.WhichOneof("part") != "header":
                raise _broken(content_hash, "it does not begin with a header")
            header = first.header
            if not 0 < header.size_bytes <= MAX_ARCHIVE_BYTES or len(header.envelope) > MAX_ENVELOPE_BYTES:
                raise _broken(content_hash, f"it is said to have {header.size_bytes} bytes")
            await _receive(messages, content_hash, header.size_bytes, archive)
        return Proof(header.envelope, signed_from_proto(header.attestation))

    async def fetch_variants(self, content_hash: Digest, variants: Path) -> None:
        """As the port says."""
        request = registry_service_pb2.ReadVariantsRequest(content_hash=str(content_hash))
        received = bytearray()
        with registry_rpc(_TOLD):
            stream = self._stub.ReadVariants(request, metadata=self._registry.metadata(), timeout=FETCH_SECONDS)
            async for message in stream:
                received += message.chunk
                if len(received) > MAX_VARIANTS_BYTES:
                    raise _broken(content_hash, f"its variants go on beyond {MAX_VARIANTS_BYTES} bytes")
        if received:
            await asyncio.to_thread(variants.write_bytes, received)


async def _receive(
    messages: AsyncIterator[registry_service_pb2.ReadBundleResponse], content_hash: Digest, promised: int, archive: Path
) -> None:
    """Write and hash chunks until the promised size; not one byte more."""
    digest, received = hashlib.sha256(), 0
    file = await asyncio.to_thread(archive.open, "xb")
    try:
        pending = bytearray()
        async for message in messages:
            if message.WhichOneof("part") != "chunk":
                raise _broken(content_hash, "a message is not a chunk")
            received += len(message.chunk)
            if received > promised:
                raise _broken(content_hash, f"it goes on beyond the promised {promised} bytes")
            pending += message.chunk
            if len(pending) >= _BUFFER:
                await asyncio.to_thread(_take, file, digest, bytes(pending))
                pending.clear()
        await asyncio.to_thread(_take, file, digest, bytes(pending))
    finally:
        await asyncio.to_thread(file.close)
    if received != promised:
        raise _broken(content_hash, f"it ends after {received} of {promised} bytes")
    if digest.hexdigest() != content_hash.hex:
        raise _broken(content_hash, f"its digest is {digest.hexdigest()}")


def _take(file: BinaryIO, digest: "hashlib._Hash", data: bytes) -> None:
    digest.update(data)
    file.write(data)


def _broken(content_hash: Digest, what: str) -> Fault:
    return Fault(Reason.BUNDLE_INTEGRITY, log=f"the bundle {content_hash} from the registry: {what}")
