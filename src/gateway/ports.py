"""What the gateway needs of others. All of these raise UNAVAILABLE when the other side does not answer."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol

from gateway.model import Answer, AssetHeader, AssetQuery, AssetRoute, Call, InstallRoute, MenuItem, Site, Told, Verified, Wanted
from kernel.digest import Digest


class Identity(Protocol):
    """Knows API keys."""

    async def verify(self, secret: str) -> Verified:
        """Whose key it is. Raises UNAUTHENTICATED for one that nobody issued, that expired or was revoked."""


class Directory(Protocol):
    """Knows installs."""

    async def resolve(self, tenant_id: str, reference: str) -> InstallRoute:
        """The install that answers. Raises EXTENSION_NOT_AVAILABLE, EXTENSION_DISABLED, EXTENSION_REVOKED."""

    async def resolve_assets(self, reference: str, content_hash: Digest, tenant_id: str) -> AssetRoute:
        """The right to read a bundle's UI; `tenant_id` may be empty. Raises ASSET_NOT_FOUND."""

    async def locate(self, install_id: str) -> Site:
        """Where an enabled install belongs. Raises NOT_FOUND."""


class ByteStream(Protocol):
    """Bytes on their way."""

    def chunks(self) -> AsyncGenerator[bytes]:
        """Its bytes; once. Raises as the rpc does."""

    def close(self) -> None:
        """Stop it; legal more than once, and needed when not all chunks were read."""


class AssetStream(ByteStream, Protocol):
    """A file on its way."""

    @property
    def header(self) -> AssetHeader:
        """What it is."""


class Runner(Protocol):
    """Runs calls and reads files."""

    async def execute(self, call: Call) -> Answer:
        """Run one call, once; a GET that lost its runner perhaps twice. Where it is sure that nothing ran, the fault says so.

        Raises GRANT_EXPIRED, GRANT_STALE and VERSION_REVOKED when nothing ran because of the grant; EXECUTOR_LOST when the call
        may have had effects; OVERLOADED, DEADLINE_EXCEEDED, PAYLOAD_TOO_LARGE, BUNDLE_INTEGRITY, ATTESTATION_INVALID and the
        GUEST reasons.
        """

    async def open_asset(self, query: AssetQuery) -> AssetStream:
        """Begin to read a file.

        Raises GRANT_EXPIRED, VERSION_REVOKED, ASSET_NOT_FOUND, ASSET_PATH_INVALID, ASSET_TOO_LARGE, BUNDLE_INTEGRITY,
        ATTESTATION_INVALID.
        """


class ExecutionLog(Protocol):
    """Knows what installs did and used. Its answers are JSON; all of them raise NOT_FOUND, INVALID_ARGUMENT."""

    async def page(self, tenant_id: str, install: str, size: int, token: str) -> Mapping[str, Any]:
        """The newest calls, and the token of the next page."""

    async def one(self, tenant_id: str, install: str, execution: str) -> Mapping[str, Any]:
        """One call with its lines, by its id or request id."""

    async def usage(self, tenant_id: str, install: str, days: int) -> Mapping[str, Any]:
        """What the calls of the last days used; 0 = 30."""


class Menus(Protocol):
    """Knows which installs have a UI to open."""

    async def page(self, tenant_id: str, hook: str, size: int, token: str) -> tuple[list[MenuItem], str]:
        """Those that name the hook, by extension name, and the token of the next page.

        Raises INVALID_ARGUMENT for a token that is none, ACCESS_POLICY_UNAVAILABLE for access rules that cannot be read.
        """


class EventStream(Protocol):
    """Events on their way."""

    async def next(self) -> Told | None:
        """The next event; None at the end. Raises as the rpc does."""

    def close(self) -> None:
        """Stop it; legal more than once."""


class Events(Protocol):
    """Tells what extensions do while they do it."""

    async def follow(self, wanted: Wanted) -> EventStream:
        """A stream that has begun. Raises OVERLOADED when too many are, INVALID_ARGUMENT."""
