"""Grants that were valid, and then changed in bytes, fields, type, key and times: 400 execution grants, 200 asset grants.

They knock at the runner's door (`Admission`) and at the registry's storage. Only GRANT_INVALID, GRANT_EXPIRED and what the storage
service documents come out; only a right grant reads or writes, and then what is its own.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import strategies as st

from gen.alga.registry.v1 import identity_service_pb2 as identity
from gen.alga.registry.v1 import storage_service_pb2 as storage
from gen.alga.registry.v1 import trust_pb2
from kernel.admission import Admission
from kernel.convert import signed_from_proto, signed_to_proto
from kernel.errors import Fault, Reason
from kernel.grants import ASSET_TYPE, ATTESTATION_TYPE, EXECUTION_TYPE, MAX_GRANT_AGE, MAX_SKEW
from kernel.signing import Signed, SigningKey, TrustedKeys
from tests.fuzz.signed import Registry, documented, explore, serving
from tests.fuzz.test_signed_bundles import Edit, edited, edits
from tests.registry.bundles import NAME, bundle

DOOR = {Reason.GRANT_INVALID, Reason.GRANT_EXPIRED}
STORAGE = documented("storage_service", "StorageService", "GetEntry", "PutEntry")
STRANGER = SigningKey.generate()


@dataclass
class Doors:
    """A registry with an install that stores something, and a runner's admission that trusts its grant key."""

    registry: Registry
    admission: Admission
    install_id: str

    def fresh(self, kind: str) -> Signed:
        """A right grant, as the registry signs it now."""
        stack = self.registry.stack
        if kind == "execution":
            return signed_from_proto(self.registry.run(stack.clients["gateway"].resolve("a", NAME)).grant)
        now = datetime.now(UTC)
        grant = trust_pb2.AssetGrant(content_hash="sha256:" + "0" * 64)
        grant.issued_at.FromDatetime(now)
        grant.expires_at.FromDatetime(now + MAX_GRANT_AGE)
        return Signed.make(ASSET_TYPE, grant.SerializeToString(), stack.grant_key)

    def entries(self) -> list[Any]:
        """All that is stored for all installs."""
        connection = sqlite3.connect(self.registry.stack.data / "registry.db")
        try:
            return connection.execute(f"SELECT * FROM {table(connection)} ORDER BY 1, 2, 3, 4").fetchall()
        finally:
            connection.close()


def table(connection: sqlite3.Connection) -> str:
    """The table of entries, by what it has."""
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    (found,) = [name for name in names if {"namespace", "value"} <= columns(connection, name)]
    return found


def columns(connection: sqlite3.Connection, name: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with serving() as registry:
        stack = registry.stack

        async def prepare() -> Any:
            await stack.clients["acme"].publish(bundle(stack.publisher_key))
            for tenant in ("a", "b"):
                await stack.key_of(f"admin-{tenant}", identity.ROLE_TENANT_ADMIN, tenant=tenant)
                install = await stack.clients[f"admin-{tenant}"].install(tenant, NAME)
            return install

        install = registry.run(prepare())
        keys = TrustedKeys.of([stack.grant_key.public])
        yield Doors(registry, Admission(lambda: keys, lambda: datetime.now(UTC)), install.id)


ENDS = [-62135596800, -62135596799, 253402300799, 253402300800]  # of the calendar
soon = st.sampled_from([-1, 0, 1, 29, 30, 31, 3600, -3600]).map(lambda seconds: ("now", seconds))
ever = st.tuples(st.just("seconds"), st.integers(-(1 << 63), (1 << 63) - 1) | st.sampled_from(ENDS))
moments = soon | ever
TEXTS = ["b", "a", "cap:storage.kv", "sha256:" + "a" * 64, "SHA256:" + "A" * 64, "../x", "\x00"]
texts = st.text(max_size=20) | st.sampled_from(TEXTS)
KINDS = ["text", "capabilities", "number", "issued_at", "expires_at", "both", "configuration", "clear", "unknown", "powerless"]
Field = tuple[str, Any, Any, Any, int]
fields: st.SearchStrategy[list[Field]] = st.lists(
    st.tuples(st.sampled_from(KINDS), texts, moments, st.integers(0, (1 << 64) - 1), st.integers(0, 20)), min_size=1, max_size=3
)


def refielded(message: Message, changes: list[Field]) -> bytes:
    """The grant's bytes after changes to its fields."""
    extra = b""
    for kind, text, moment, number, which in changes:
        known = message.DESCRIPTOR.fields
        match kind:
            case "text":
                named = [field.name for field in known if field.type == field.TYPE_STRING and not field.is_repeated]
                setattr(message, named[which % len(named)], text)
            case "number":
                named = [field.name for field in known if field.type == field.TYPE_UINT64]
                if named:
                    setattr(message, named[which % len(named)], number)
            case "capabilities" if hasattr(message, "capabilities"):
                message.capabilities.append(text)
            case "configuration" if hasattr(message, "configuration"):
                message.configuration[text] = text * (number % 100)
            case "powerless" if hasattr(message, "capabilities"):
                del message.capabilities[:]
            case "issued_at" | "expires_at":
                retimed(getattr(message, kind), moment, which)
            case "both":
                retimed(message.issued_at, moment, which)
                retimed(message.expires_at, (moment[0], min(moment[1] + 10, (1 << 63) - 1)), which)
            case "clear":
                message.ClearField(known[which % len(known)].name)
            case "unknown":
                extra += bytes([(which % 15 + 1) << 3 | 2, 2]) + b"xx"
    return message.SerializeToString() + extra


def retimed(stamp: Any, moment: tuple[str, int], nanos: int) -> None:
    """Set a time: seconds from now, or any number of seconds."""
    if moment[0] == "now":
        stamp.FromDatetime(datetime.now(UTC) + timedelta(seconds=moment[1]))
    else:
        stamp.seconds, stamp.nanos = moment[1], nanos


TYPES = {"execution": EXECUTION_TYPE, "asset": ASSET_TYPE, "attestation": ATTESTATION_TYPE, "text": "text/plain"}
hows = st.sampled_from(["fields", "fields", "fields", "payload", "payload anew", "signature", "key id", "type", "key"])


def forged(doors: Doors, kind: str, how: str, raw: list[Edit], changes: list[Field], other: str) -> Signed:
    """A right grant, changed; what is signed anew is signed with the right key unless the key is what changes."""
    right, key = doors.fresh(kind), doors.registry.stack.grant_key
    make: Callable[[bytes], Signed] = lambda payload: Signed.make(TYPES[kind], payload, key)  # noqa: E731
    match how:
        case "fields":
            message = (trust_pb2.ExecutionGrant if kind == "execution" else trust_pb2.AssetGrant).FromString(right.payload)
            return make(refielded(message, changes))
        case "payload":
            return replace(right, payload=edited(right.payload, raw))
        case "payload anew":
            return make(edited(right.payload, raw))
        case "signature":
            return replace(right, signature=edited(right.signature, raw))
        case "key id":
            return replace(right, key_id=edited(right.key_id.encode(), raw).decode("utf-8", "replace"))
        case "type":
            return Signed.make(TYPES[other], right.payload, key)
    keys = {"execution": STRANGER, "asset": doors.registry.stack.attestation_key, "attestation": doors.registry.stack.publisher_key}
    return Signed.make(TYPES[kind], right.payload, keys.get(other, key))


others = st.sampled_from(sorted(TYPES))
RESIGNED = {"fields", "payload anew", "type", "key"}


def holds(told: Any, right: Signed, payload: bytes, now: datetime) -> None:
    """What the door let in is within its times, and of the bytes that were signed."""
    assert told.expires_at - told.issued_at <= MAX_GRANT_AGE
    assert told.issued_at - MAX_SKEW <= now + timedelta(seconds=1)
    assert told.expires_at > now - timedelta(seconds=60)
    assert right.payload == payload


def admitted(doors: Doors, kind: str, given: Signed) -> Any:
    """What the runner's door says: the grant, or None."""
    try:
        return doors.admission.execution(given) if kind == "execution" else doors.admission.asset(given)
    except Fault as fault:
        assert fault.reason in DOOR, fault
        return None


def test_execution_grants(doors: Doors) -> None:
    def check(how: str, raw: list[Edit], changes: list[Field], other: str, writes: bool) -> None:
        given = forged(doors, "execution", how, raw, changes, other)
        told = admitted(doors, "execution", given)
        if told is not None:
            holds(told, given, given.payload, datetime.now(UTC))
            message = trust_pb2.ExecutionGrant.FromString(given.payload)
            assert (told.tenant_id, told.install_id, told.capabilities) == (
                message.tenant_id,
                message.install_id,
                frozenset(message.capabilities),
            )
        before = doors.entries()
        stored = store(doors, given, writes=writes)
        if not stored or not writes:
            assert doors.entries() == before
        if stored:
            assert told is not None, "the storage believes what the runner does not"
            assert told.tenant_id == "a", "nobody but the grant's own tenant"
            assert told.install_id != doors.install_id

    explore("execution grants", check, hows, edits, fields, others, st.booleans())
    doors.registry.reached("stored", "GRANT_INVALID", "GRANT_EXPIRED", "GRANT_STALE", "CAPABILITY_DENIED")


def store(doors: Doors, given: Signed, *, writes: bool) -> bool:
    """Read or write with a grant; whether it was let in."""
    place = {"grant": signed_to_proto(given), "namespace": "n", "key": "k"}
    request = storage.PutEntryRequest(**place, value=b"v") if writes else storage.GetEntryRequest(**place)
    method = "PutEntry" if writes else "GetEntry"
    try:
        doors.registry.run(doors.registry.stack.clients["runner"].call("storage", method, request))
    except Fault as fault:
        assert fault.reason in STORAGE, fault
        doors.registry.outcomes[fault.reason.name] += 1
        return fault.reason is Reason.STORAGE_KEY_MISSING
    doors.registry.outcomes["stored"] += 1
    return True


def test_asset_grants(doors: Doors) -> None:
    def check(how: str, raw: list[Edit], changes: list[Field], other: str) -> None:
        given = forged(doors, "asset", how, raw, changes, other)
        told = admitted(doors, "asset", given)
        if told is not None:
            holds(told, given, given.payload, datetime.now(UTC))
        doors.registry.outcomes["asset let in" if told is not None else "asset refused"] += 1
        assert admitted(doors, "execution", given) is None
        assert not store(doors, given, writes=False)

    explore("asset grants", check, hows, edits, fields, others)
    doors.registry.reached("asset let in", "asset refused")


def test_the_ground_is_let_in(doors: Doors) -> None:
    assert admitted(doors, "execution", doors.fresh("execution")) is not None
    assert admitted(doors, "asset", doors.fresh("asset")) is not None
    assert store(doors, doors.fresh("execution"), writes=True)
