"""When a schedule fires next: reckoned anew when it or its install changes, so that what passed before is not caught up."""

from dataclasses import replace
from datetime import datetime

from registry.model import Install, Version, VersionState
from registry.ports import Tables
from registry.schedules import cron
from registry.schedules.model import MAX_ERROR, Schedule, endpoint_of


def armed(schedule: Schedule, install: Install, now: datetime) -> Schedule:
    """The schedule with its next time after now; without one while it or its install is switched off."""
    fires = schedule.enabled and install.enabled and install.version_state is not VersionState.REVOKED
    return replace(schedule, next_at=cron.after(schedule.cron, schedule.timezone, now) if fires else None)


def disabled(schedule: Schedule, why: str, now: datetime) -> Schedule:
    """The schedule switched off, and why."""
    return replace(schedule, enabled=False, next_at=None, last_error=why[:MAX_ERROR], updated_at=now)


def without_endpoint(schedule: Schedule, version: Version, now: datetime) -> Schedule:
    """The schedule switched off because of the installed version."""
    why = f"Disabled: version {version.version} has no endpoint {schedule.method} {schedule.path} that schedules may call."
    return disabled(schedule, why, now)


async def rearm(tables: Tables, install: Install, now: datetime, version: Version | None = None) -> None:
    """Reckon all schedules of an install anew; those whose endpoint a new `version` does not have are disabled."""
    for schedule in await tables.schedules.of_install(install.tenant_id, install.id):
        if version is not None and schedule.enabled and endpoint_of(version, schedule) is None:
            await tables.schedules.save(without_endpoint(schedule, version, now))
        else:
            await tables.schedules.save(armed(schedule, install, now))
