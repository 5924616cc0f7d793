"""From what operators are told of a runner to its messages."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from gen.alga.runner.v1 import ops_service_pb2 as pb
from runner.ops.model import Place, PoolState, RunnerState, VersionState


def state_to_proto(state: RunnerState) -> pb.GetStatusResponse:
    """All of a runner."""
    alone, cache = state.alone, state.cache
    executors = [_executor(place, alone=False) for place in state.pool.places]
    executors += [_executor(place, alone=True) for place in (alone.places if alone else ())]
    return pb.GetStatusResponse(
        started_at=_time(state.since),
        draining=state.draining,
        registry_heard=state.registry_heard,
        requests=state.requests,
        executors=executors,
        queue=_queue(state.pool, alone),
        cache=pb.CacheStatus(
            bundles=cache.bundles,
            verified=cache.verified,
            bundle_bytes=cache.bundle_bytes,
            bundle_limit_bytes=cache.bundle_limit,
            artifacts=cache.artifacts,
            artifact_bytes=cache.artifact_bytes,
            artifact_limit_bytes=cache.artifact_limit,
        ),
    )


def version_to_proto(version: VersionState) -> pb.CachedVersion:
    """One version."""
    bundle = version.bundle
    return pb.CachedVersion(
        content_hash=str(bundle.content_hash),
        extension=bundle.extension,
        version=bundle.version,
        verified=bundle.verified,
        bundle_bytes=bundle.bytes_used,
        artifact_bytes=version.artifact_bytes,
        users=bundle.users,
        loaded_in=version.loaded_in,
        isolated_ms=round(version.isolated_seconds * 1000),
        revoked=version.revoked,
    )


def _executor(place: Place, *, alone: bool) -> pb.ExecutorStatus:
    return pb.ExecutorStatus(
        index=place.index,
        pid=place.pid,
        started_at=_time(place.since) if place.since is not None else None,
        lanes=place.lanes,
        calls=place.calls,
        running=place.running,
        recycled=place.recycled,
        alone=alone,
    )


def _queue(pool: PoolState, alone: PoolState | None) -> pb.QueueStatus:
    waiting_alone = alone.waiting if alone else 0
    return pb.QueueStatus(waiting=pool.waiting, limit=pool.queue, tenants=pool.tenants, waiting_alone=waiting_alone)


def _time(moment: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(moment)
    return found
