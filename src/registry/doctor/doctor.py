"""Checks everything, one group of rules after the other. Changes nothing, holds no lock, and may run beside everything else."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from kernel.errors import Fault, Reason
from kernel.signing import PublicKey
from kernel.trust import TrustBundle
from registry.doctor.blobs import blobs, uploads
from registry.doctor.bundles import BundleChecks
from registry.doctor.contents import ContentsCheck
from registry.doctor.database import database
from registry.doctor.finding import Finding, Severity, listed, walk
from registry.doctor.installs import InstallChecks
from registry.doctor.sums import QuotaCheck, change_log
from registry.ports import Blobs, Catalog

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the settings say: who is trusted now, with which key attestations are signed, and the limits that hold.

    `grace` is how long a blob may wait for its row; `uploads` the folder of uploads that are running; `recipients` the ids of the
    keys to which secrets are sealed.
    """

    attestation_keys: Callable[[], Mapping[str, PublicKey]]
    attestation_key_id: str
    trust: Callable[[], TrustBundle]
    quota_bytes: int
    grace: timedelta
    uploads: Path
    recipients: Callable[[], Collection[str]]


class Doctor:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, blobs: Blobs, expected: Expected, now: Callable[[], datetime]) -> None:
        self._catalog, self._blobs, self._expected, self._now = catalog, blobs, expected, now
        self._running = False

    async def diagnose(self, *, deep: bool) -> AsyncGenerator[Finding, None]:
        """What each check finds; one finding for a check that passed. Raises OVERLOADED while another diagnosis runs.

        A check that cannot be made to its end is a finding, too.
        """
        if self._running:  # it keeps one of a few connections busy
            raise Fault(Reason.OVERLOADED, log="a diagnosis is running")
        self._running = True
        try:
            for name, findings in self._groups(deep=deep).items():
                try:
                    async for finding in findings:
                        yield finding
                except Exception as error:  # noqa: BLE001 - whatever is stored, the other checks are still made
                    _log.exception("a check cannot be made", extra={"check": name})
                    why = error.code if isinstance(error, Fault) else "what is stored cannot be read"
                    step = "look into the registry's log; restore the database from a backup if it is damaged"
                    yield Finding(name, Severity.ERROR, "", f"could not be checked to the end: {why}", step)
        finally:
            self._running = False

    def _groups(self, *, deep: bool) -> dict[str, AsyncIterator[Finding]]:
        """The groups of checks, each by the name under which it is told when it cannot be made."""
        said, now = self._expected, self._now()
        bundles = BundleChecks(self._blobs, said.attestation_keys(), said.attestation_key_id, said.trust(), deep=deep)
        installs, quota = InstallChecks(self._catalog, said.recipients()), QuotaCheck(self._catalog, said.quota_bytes)
        contents = ContentsCheck(self._catalog, self._blobs, said.uploads).all() if deep else ()
        return {
            "database": database(self._catalog),
            "bundles": walk(bundles.rows(self._catalog), (*bundles.all(), *contents)),
            "blobs": blobs(self._catalog, self._blobs, now - said.grace),
            "uploads": listed("upload-leftovers", "no upload left files", uploads(said.uploads, now)),
            "installs": walk(installs.rows(), installs.all()),
            "change-log": listed("change-log", "the change log ascends and is bounded", change_log(self._catalog)),
            "publishers": walk(quota.rows(), quota.all()),
        }
