"""Secrets of installs, sealed to runners' keys by whoever sets them: stored, listed, removed, and never opened here.

1 check them, 2 find the install, with its secrets as they were read, 3 within the limits, 4 record and tell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from kernel import sealing
from kernel.errors import Fault, Reason
from kernel.sealing import RecipientKey
from kernel.watch import ChangeKind
from registry.access import own_install
from registry.changed import record
from registry.model import SealedSecret
from registry.ports import Catalog

MAX_SECRETS: Final = 64
MAX_TOTAL_BYTES: Final = 256 << 10  # of ciphertext: a runner reads all of an install's at once, and keeps them
Recipients = Callable[[], Mapping[str, RecipientKey]]


@dataclass(frozen=True, slots=True)
class Stored:
    """The secrets of an install, by name, and the revision of which they are."""

    install_id: str
    revision: int
    secrets: tuple[SealedSecret, ...]


class InstallSecrets:
    """The use-cases of admins; one for the process."""

    def __init__(self, catalog: Catalog, recipients: Recipients, now: Callable[[], datetime]) -> None:
        self._catalog, self._recipients, self._now = catalog, recipients, now

    def recipients(self) -> Mapping[str, RecipientKey]:
        """The keys to seal to, by key id."""
        return self._recipients()

    async def list(self, tenant_id: str, ref: str) -> Stored:
        """Raises NOT_FOUND."""
        async with self._catalog.read() as tables:
            install = await own_install(tables, tenant_id, ref)
            return Stored(install.id, install.secrets_revision, await tables.secrets.of(tenant_id, install.id))

    async def put(
        self, tenant_id: str, ref: str, put: Sequence[SealedSecret], remove: Sequence[str], if_revision: int | None
    ) -> Stored:
        """What is stored now. `revision` and `updated_at` of what is put are set here.

        Raises NOT_FOUND, INVALID_ARGUMENT, REVISION_CONFLICT.
        """
        # 1 check them
        _check_names(put, remove)
        for index, secret in enumerate(put):
            self._check(secret, f"put[{index}]")
        if if_revision is None:
            raise Fault.invalid("if_revision", "must be set: secrets are sealed for the revision after it")
        async with self._catalog.write() as tables:
            # 2 find the install, with its secrets as they were read
            install = await own_install(tables, tenant_id, ref)
            if if_revision != install.secrets_revision:
                raise Fault(Reason.REVISION_CONFLICT, facts={"revision": install.secrets_revision})
            before = {one.name: one for one in await tables.secrets.of(tenant_id, install.id)}
            gone = [name for name in remove if name in before]
            if not (put or gone):
                return Stored(install.id, install.secrets_revision, tuple(before.values()))
            # 3 within the limits
            moment, revision = self._now(), install.secrets_revision + 1
            new = {one.name: replace(one, revision=revision, updated_at=moment) for one in put}
            _check_room({name: one for name, one in (before | new).items() if name not in gone})
            # 4 record and tell
            for secret in new.values():
                await tables.secrets.put(tenant_id, install.id, secret)
            for name in gone:
                await tables.secrets.remove(tenant_id, install.id, name)
            await record(tables, install, ChangeKind.SECRETS_CHANGED, moment, secrets_revision=revision)
            return Stored(install.id, revision, await tables.secrets.of(tenant_id, install.id))

    def _check(self, secret: SealedSecret, field: str) -> None:
        sealing.check_name(secret.name, f"{field}.name")
        if secret.expires_at is not None:
            sealing.whole_milliseconds(secret.expires_at, f"{field}.expires_at")
        if not 1 <= len(secret.boxes) <= sealing.MAX_KEYS or len({box.key_id for box in secret.boxes}) < len(secret.boxes):
            raise Fault.invalid(f"{field}.boxes", f"must be 1 to {sealing.MAX_KEYS}, each for another key")
        for number, box in enumerate(secret.boxes):
            if box.algorithm != sealing.ALGORITHM:
                raise Fault.invalid(f"{field}.boxes[{number}].algorithm", f"must be {sealing.ALGORITHM}")
            if not sealing.OVERHEAD <= len(box.ciphertext) <= sealing.MAX_BOX_BYTES:
                rule = f"must have {sealing.OVERHEAD} to {sealing.MAX_BOX_BYTES} bytes"
                raise Fault.invalid(f"{field}.boxes[{number}].ciphertext", rule)
            sealing.check_key_id(box.key_id, f"{field}.boxes[{number}].key_id")
        if not any(box.key_id in self._recipients() for box in secret.boxes):
            raise Fault.invalid(f"{field}.boxes", "must have one for a key that GetRecipients answers")


def _check_names(put: Sequence[SealedSecret], remove: Sequence[str]) -> None:
    for field, names in (("put", [one.name for one in put]), ("remove", remove)):
        if len(names) > MAX_SECRETS:
            raise Fault.invalid(field, f"must be at most {MAX_SECRETS}")
    named = [one.name for one in put] + list(remove)
    for name in remove:
        sealing.check_name(name, "remove")
    if len(set(named)) < len(named):
        raise Fault.invalid("put", "must not name a secret twice, nor one that is removed")


def _check_room(secrets: Mapping[str, SealedSecret]) -> None:
    if len(secrets) > MAX_SECRETS:
        raise Fault.invalid("put", f"must leave at most {MAX_SECRETS} secrets")
    if sum(one.size for one in secrets.values()) > MAX_TOTAL_BYTES:
        raise Fault.invalid("put", f"must leave at most {MAX_TOTAL_BYTES} bytes of ciphertext")
