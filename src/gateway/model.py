"""The values that the gateway works with; how they look on the wire is known to `convert` alone."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.endpoints import EndpointTable
from gateway.negotiation import Part, Terms
from kernel.auth import Principal
from kernel.caller_limits import CallerLimits
from kernel.digest import Digest
from kernel.permissions import AccessRules
from kernel.user import User

NO_CALLER_LIMITS: Final = CallerLimits()


@dataclass(frozen=True, slots=True)
class Grant:
    """Signed bytes of the registry that are passed on as they came; the gateway does not judge them."""

    payload: bytes
    signature: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Whose key it is, and for how many seconds more; None = no end of its own."""

    principal: Principal
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An install whose UI can be opened, and what its publisher calls it; `access` = what the tenant says of who may call it."""

    install_id: str
    extension_id: str
    extension: str
    version: str
    content_hash: Digest
    label: str
    access: AccessRules | None = None


@dataclass(frozen=True, slots=True)
class InstallRoute:
    """How the calls of one install run until `ends` (monotonic seconds). Limits of zero are not set.

    `access` = what the tenant says of who may call it, `caller_limits` = and of what they may ask together, `client_portal` =
    client-portal users may. `weight` is about how many bytes of memory it takes.
    """

    grant: Grant
    ends: float
    revision: int
    tenant_id: str
    install_id: str
    extension_id: str
    content_hash: Digest
    endpoints: EndpointTable
    timeout_ms: int
    request_bytes: int
    access: AccessRules | None = None
    client_portal: bool = False
    weight: int = 0
    caller_limits: CallerLimits = NO_CALLER_LIMITS

    @property
    def tags(self) -> tuple[Hashable, ...]:
        """What the answer depends on, as changes name it."""
        return ("install", self.tenant_id, self.extension_id), ("hash", self.content_hash)


@dataclass(frozen=True, slots=True)
class AssetRoute:
    """The right to read the UI files of one bundle until `ends` (monotonic seconds); `weight` as for `InstallRoute`."""

    grant: Grant
    ends: float
    revision: int
    extension_id: str
    content_hash: Digest
    weight: int = 0

    @property
    def tags(self) -> tuple[Hashable, ...]:
        """What the answer depends on, as changes name it."""
        return ("extension", self.extension_id), ("hash", self.content_hash)


@dataclass(frozen=True, slots=True)
class Site:
    """Where an enabled install belongs; `ends` never by itself, `weight` as for `InstallRoute`."""

    revision: int
    tenant_id: str
    extension_id: str
    content_hash: Digest
    ends: float = math.inf
    weight: int = 0

    @property
    def tags(self) -> tuple[Hashable, ...]:
        """What the answer depends on, as changes name it."""
        return ("install", self.tenant_id, self.extension_id), ("hash", self.content_hash)


Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the runner gets it; `user` = the person whose API key the caller showed, `scheduled` = a schedule asks for it."""

    grant: Grant
    request_id: str
    method: str
    url: str
    headers: Headers
    body: bytes | None
    timeout_ms: int
    user: User | None = None
    scheduled: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the guest answered: names of headers in any case, nothing checked yet; and what the call used of a day's quotas."""

    status: int
    headers: Headers
    body: bytes | None
    cpu_us: int = 0
    egress_bytes: int = 0


@dataclass(frozen=True, slots=True)
class AssetQuery:
    """Which file of the bundle that a grant names; an empty path is the entry page. Of its codings the first that is there.

    `part` is what is read of it.
    """

    grant: Grant
    path: str
    terms: Terms
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class AssetHeader:
    """What a file is, in its coding; `page_sources` is what a page loads from elsewhere, by directive."""

    size: int
    media_type: str
    etag: str
    not_modified: bool
    is_html: bool
    coding: str = ""
    page_sources: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller follows: always of one tenant; `last` events of those that were, or those `after` an id."""

    tenant_id: str
    extension_id: str = ""
    install_id: str = ""
    request_id: str = ""
    level: str = ""
    last: int = 0
    after: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One event as JSON with its id, or, without one, that events are missing."""

    id: str
    content: Mapping[str, Any]


def smaller(one: int, other: int) -> int:
    """The smaller of two limits; zero = not set."""
    return min(one, other) or max(one, other)


def least(most: int, *others: int) -> int:
    """The least of the limits that are set; zero = not set."""
    return min((most, *(other for other in others if other)))
