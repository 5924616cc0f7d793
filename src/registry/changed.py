"""The last step of whatever changes an install: one revision more, and everybody who watches is told."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from kernel.watch import ChangeKind
from registry.model import Install
from registry.ports import Tables


async def record(tables: Tables, install: Install, kind: ChangeKind, now: datetime, **changes: Any) -> Install:
    """Write the install with these fields changed, and the change to the log; answers the install as it is now."""
    changed = replace(install, **changes, revision=install.revision + 1, updated_at=now)
    await tables.installs.save(changed)
    await tables.changes.append(kind, changed.extension_id, changed.content_hash, changed.tenant_id, changed.id)
    return changed
