"""The limits as the settings say."""

from gateway.limits.gate import Limits
from gateway.limits.memory import MemoryBuckets, MemoryDays, MemoryPlaces
from gateway.limits.meter import Meter
from gateway.limits.peers import Peers
from gateway.limits.quotas import DayLimits, Quotas
from gateway.limits.settings import LimitSettings
from kernel.rpc import Peer


def limits(settings: LimitSettings, registry: Peer) -> Limits:
    """Those of calls."""
    days = DayLimits(settings.calls_per_day, settings.cpu_seconds_per_day, settings.egress_bytes_per_day)
    return Limits(
        {name: settings.rate(name) for name in ("tenant", "extension", "principal")},
        {"tenant": settings.running_per_tenant, "extension": settings.running_per_extension},
        MemoryBuckets(),
        MemoryPlaces(),
        Quotas(days, MemoryDays(), Meter(registry)),
    )


def peers(settings: LimitSettings) -> Peers:
    """Those of strangers."""
    return Peers(settings.rate("peer"), settings.peers_exempt, MemoryBuckets())
