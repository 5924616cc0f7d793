"""What the use-cases for operators need of a runner's parts."""

from collections.abc import Sequence
from typing import Protocol

from kernel.digest import Digest
from runner.ops.model import Cached, Compiled, PoolState


class PoolView(Protocol):
    """Looks at executors."""

    def state(self) -> PoolState:
        """The pool that everybody shares."""
        ...

    def state_alone(self) -> PoolState | None:
        """The pool of isolated versions, while there is one."""
        ...


class BundleView(Protocol):
    """Looks at the bundles on the disk."""

    @property
    def max_bytes(self) -> int:
        """How much they may be together."""
        ...

    def cached(self) -> Sequence[Cached]:
        """All of them."""
        ...


class ArtifactView(Protocol):
    """Looks at the compiled components on the disk."""

    @property
    def max_bytes(self) -> int:
        """How much they may be together."""
        ...

    async def compiled(self) -> Sequence[Compiled]:
        """All of them. Raises OSError."""
        ...

    def path_of(self, content_hash: Digest) -> str:
        """The path by which executors know the artifact of a component, whether or not it is there."""
        ...


class IsolationView(Protocol):
    """Looks at who runs alone."""

    def seconds_left(self, artifact: str) -> float:
        """For how long it still does; 0 = it does not."""
        ...


class StandingView(Protocol):
    """Looks at what the registry said."""

    def heard(self) -> bool:
        """Whether it can be relied on now."""
        ...

    def revoked(self, content_hash: Digest) -> bool:
        """Whether a bundle was revoked, as far as it is known."""
        ...
