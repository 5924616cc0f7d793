"""Which keys sign for a publisher, and how long: adds them, retires them in good order, revokes those in the wrong hands."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from kernel import certificates
from kernel.auth import Principal
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.signing import PublicKey, pem_blocks
from kernel.watch import ChangeKind
from registry import signers
from registry.model import Account, Publisher, PublisherKey, VersionState
from registry.ports import Catalog, Tables
from registry.publishers import account, own_publisher

MAX_KEYS: Final = 64  # of one publisher, revoked ones included: every publish reads them
MAX_PEM_BYTES: Final = 32 << 10  # one key or certificate; the time to look for PEM blocks grows with the square of the length
_FIELD: Final = "public_key_pem"


@dataclass(frozen=True, slots=True)
class Validity:
    """From when to when what a key signs counts; None = always."""

    not_before: datetime | None = None
    not_after: datetime | None = None


class PublisherKeys:
    """The use-cases around publishers' keys. `quota_bytes` is what the archives of a publisher may take, for the answers."""

    def __init__(self, catalog: Catalog, quota_bytes: int, now: Callable[[], datetime]) -> None:
        self._catalog, self._quota_bytes, self._now = catalog, quota_bytes, now

    async def add(self, principal: Principal, name: str, pem: bytes, wanted: Validity = Validity()) -> Account:
        """Let the key in a PEM public key or certificate sign; adding a key again changes nothing.

        Raises NOT_FOUND, INVALID_ARGUMENT, ALREADY_EXISTS (the key is somebody else's, or was revoked), QUOTA_EXCEEDED.
        """
        key = _parse(pem, wanted, self._now())
        async with self._catalog.write() as tables:
            publisher = await own_publisher(tables, principal, name)
            known, owner = publisher.key(key.key_id), await tables.publishers.by_key(key.key_id)
            if (known and known.revoked_at) or (owner and owner.id != publisher.id):
                raise Fault(Reason.ALREADY_EXISTS, log=f"{key.key_id} was revoked or belongs to {owner.name if owner else name}")
            if known is None:
                _check_room(publisher)
                await tables.publishers.add_key(publisher.id, key)
            return await account(tables, name, self._quota_bytes)

    async def retire(self, principal: Principal, name: str, key_id: str, not_after: datetime | None) -> Account:
        """End a key, now or later, never later than it ends anyway. Raises NOT_FOUND, INVALID_ARGUMENT, SIGNER_REVOKED."""
        now = self._now()
        if not_after is not None and not_after < now:
            raise Fault.invalid("not_after", "must not lie in the past: revoke the key to stop what it signed")
        async with self._catalog.write() as tables:
            publisher = await own_publisher(tables, principal, name)
            key = publisher.key(_key_id(key_id))
            if key is None:
                raise Fault(Reason.NOT_FOUND, log=f"{name} has no key {key_id}")
            if key.revoked_at is not None:
                raise Fault(Reason.SIGNER_REVOKED)
            if key.not_after is not None and not_after is not None and not_after > key.not_after:
                raise Fault.invalid("not_after", f"must not be after {key.not_after.isoformat()}: a key's end cannot be put off")
            end = not_after or now
            ended = replace(key, not_after=end if key.not_after is None else min(key.not_after, end))
            await tables.publishers.save_key(publisher.id, ended)
            return await account(tables, name, self._quota_bytes)

    async def revoke(
        self, principal: Principal, name: str, key_id: str, compromised_since: datetime | None
    ) -> tuple[Account, list[Digest]]:
        """End a key and every version that no other key vouches for, all or nothing; answers their bundles.

        1 mark the key, also one that was never added, 2 find what it signed, 3 leave what still counts, 4 revoke the rest.
        Raises NOT_FOUND, INVALID_ARGUMENT, QUOTA_EXCEEDED.
        """
        now = self._now()
        if compromised_since is not None and compromised_since > now:
            raise Fault.invalid("compromised_since", "must not lie in the future")
        async with self._catalog.write() as tables:
            publisher = await own_publisher(tables, principal, name)
            # 1 mark the key, also one that was never added
            await _mark(tables, publisher, _key_id(key_id), now, compromised_since)
            publisher = await own_publisher(tables, principal, name)
            revoked = []
            # 2 find what it signed
            for version in await tables.bundles.signed_by(publisher.id, key_id):
                # 3 leave what still counts
                if signers.revoked(publisher, version.signers, version.attested_at):
                    # 4 revoke the rest
                    await tables.versions.set_state(version.version_id, VersionState.REVOKED)
                    await tables.changes.append(ChangeKind.VERSION_REVOKED, version.extension_id, version.content_hash)
                    revoked.append(version.content_hash)
            return await account(tables, name, self._quota_bytes), revoked


async def _mark(tables: Tables, publisher: Publisher, key_id: str, now: datetime, since: datetime | None) -> None:
    key = publisher.key(key_id)
    if key is None:
        if await tables.publishers.by_key(key_id) is not None:
            raise Fault(Reason.NOT_FOUND, log=f"{key_id} is not of {publisher.name}")
        _check_room(publisher)
        note = PublisherKey(key_id, "", now, revoked_at=now, compromised_since=since)
        await tables.publishers.add_key(publisher.id, note)
        return
    if key.revoked_at is not None:  # there is no way back: the time can be set earlier alone
        since = None if since is None or key.compromised_since is None else min(since, key.compromised_since)
    await tables.publishers.save_key(publisher.id, replace(key, revoked_at=key.revoked_at or now, compromised_since=since))


def _check_room(publisher: Publisher) -> None:
    if len(publisher.keys) >= MAX_KEYS:
        raise Fault(Reason.QUOTA_EXCEEDED, facts={"quota": "keys", "limit": MAX_KEYS, "used": len(publisher.keys)})


def _key_id(text: str) -> str:
    if not text.startswith("sha256:") or str(Digest.parse(text, "key_id")) != text:
        raise Fault.invalid("key_id", "must be sha256:<64 lower-case hex digits>")
    return text


def _parse(pem: bytes, wanted: Validity, now: datetime) -> PublisherKey:
    """The key in a PEM text, to be added now. A certificate bounds its key's validity, which may be narrowed."""
    if len(pem) > MAX_PEM_BYTES:
        raise Fault.invalid(_FIELD, f"must be at most {MAX_PEM_BYTES >> 10} KiB")
    labels = [label for label, _ in pem_blocks(pem, _FIELD)]
    authority, start, end = False, wanted.not_before, wanted.not_after
    if labels == [certificates.LABEL]:
        certificate = certificates.read(pem, _FIELD)
        key, authority = certificates.key_of(certificate, _FIELD), certificates.is_authority(certificate)
        first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        start, end = max(start or first, first), min(end or last, last)
    elif len(labels) > 1:
        raise Fault.invalid(_FIELD, "must be one public key or one certificate")
    else:
        key = PublicKey.parse(pem, _FIELD)
    if start is not None and end is not None and start >= end:
        raise Fault.invalid("not_after", "must be after not_before and within the certificate's validity")
    return PublisherKey(key.key_id, key.pem.decode(), now, authority=authority, not_before=start, not_after=end)
