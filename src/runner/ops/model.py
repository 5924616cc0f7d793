"""What operators are told of a runner: `alga.runner.v1.OpsService` as values. Counts are of one moment, times are UTC."""

from dataclasses import dataclass
from datetime import datetime

from kernel.digest import Digest


@dataclass(frozen=True, slots=True)
class Place:
    """One executor's place in a pool. `pid` is 0 and `since` None while its process is being replaced."""

    index: int
    pid: int
    since: datetime | None
    lanes: int
    calls: int
    running: int
    recycled: int
    loaded: frozenset[str]  # the artifacts that its lanes ran last


@dataclass(frozen=True, slots=True)
class PoolState:
    """A pool's executors, and who waits for them."""

    places: tuple[Place, ...]
    waiting: int
    tenants: int  # of those that wait
    queue: int  # how many may wait


@dataclass(frozen=True, slots=True)
class Cached:
    """A bundle on the disk; name and version are empty until this process has verified it."""

    content_hash: Digest
    extension: str
    version: str
    bytes_used: int
    users: int

    @property
    def verified(self) -> bool:
        """Whether this process has verified and unpacked it."""
        return bool(self.extension)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled component on the disk. `usable`: made by this runner's engine."""

    content_hash: Digest
    size: int
    usable: bool


@dataclass(frozen=True, slots=True)
class CacheState:
    """What is on the disk, in sums."""

    bundles: int
    verified: int
    bundle_bytes: int
    bundle_limit: int
    artifacts: int
    artifact_bytes: int
    artifact_limit: int


@dataclass(frozen=True, slots=True)
class RunnerState:
    """A runner at one moment. `alone` is the pool of isolated versions; None while there is none."""

    since: datetime
    draining: bool
    registry_heard: bool
    requests: int
    pool: PoolState
    alone: PoolState | None
    cache: CacheState


@dataclass(frozen=True, slots=True)
class VersionState:
    """A version as this runner has it."""

    bundle: Cached
    artifact_bytes: int
    loaded_in: tuple[int, ...]
    isolated_seconds: float
    revoked: bool
