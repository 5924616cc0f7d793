"""What a runner demands of its machine before it runs anybody's code."""

import logging
from typing import Final

from kernel.errors import Fault

SETTING: Final = "EXT_RUNNER_UNSAFE_WEAK_SANDBOX"
_log = logging.getLogger(__name__)


def check_isolation(landlock: int, *, weak_is_accepted: bool) -> None:
    """Refuse a machine without Landlock (`landlock` is its version here) unless that is accepted; then warn of it.

    Raises INVALID_ARGUMENT that names the setting.
    """
    if landlock:
        return
    if not weak_is_accepted:
        raise Fault.invalid(
            SETTING,
            "must be true where there is no Landlock (Linux 5.13 or later, `landlock` in CONFIG_LSM, not hidden by a container): "
            "code that breaks out of WebAssembly can use all files of this user then: see docs/isolation.md",
        )
    _log.warning("UNSAFE: executors are not kept from files; %s accepts that", SETTING)
