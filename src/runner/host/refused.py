"""The reasons by which the platform itself says no to a host call, whatever its interface."""

from typing import Final

# By name, as `runner.host.described` has them.
REFUSED: Final = (
    "CAPABILITY_DENIED",
    "PERMISSION_DENIED",
    "UNAUTHENTICATED",
    "GRANT_INVALID",
    "GRANT_EXPIRED",
    "GRANT_STALE",
    "EXTENSION_DISABLED",
    "EXTENSION_NOT_AVAILABLE",
    "EXTENSION_REVOKED",
    "VERSION_REVOKED",
    "QUOTA_EXCEEDED",
)
