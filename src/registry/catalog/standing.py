"""What an install may do now: it is asked for with each host call and each key, so the driver itself runs the statement."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import and_, bindparam, select

from registry.catalog.tables import extension_version, tenant_extension_install, tenant_extension_install_config
from registry.model import Standing, VersionState

_T, _C = tenant_extension_install.c, tenant_extension_install_config.c
STANDING: Final = (
    select(_T.enabled, _T.version_id, extension_version.c.state, _T.granted_capabilities, _C.configuration)
    .join(extension_version, extension_version.c.id == _T.version_id)
    .outerjoin(tenant_extension_install_config, and_(_C.tenant_id == _T.tenant_id, _C.install_id == _T.id))
    .where(_T.tenant_id == bindparam("tenant_id"), _T.id == bindparam("install_id"))
)


def standing_of(columns: Sequence[Any]) -> Standing:
    """From the statement's columns, as the database has them."""
    enabled, version_id, state, capabilities, configuration = columns
    return Standing(
        enabled=bool(enabled),
        version_id=version_id,
        version_state=VersionState(state),
        capabilities=frozenset(json.loads(capabilities)),
        configuration=json.loads(configuration) if configuration else {},
    )
