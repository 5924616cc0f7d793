"""What a client of the registry did, what was acknowledged, and so what must be there after a crash.

A tenant with an extension of its own does one operation after the other. Each operation moves the tenant's `State` as a whole; one
that was in flight when the registry died has happened wholly or not at all, so that only two states can be found afterwards.
"""

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, Final

from gen.alga.registry.v1 import extension_pb2, install_pb2
from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import registry_service_pb2 as registry
from gen.alga.registry.v1 import storage_service_pb2 as storage
from kernel.capabilities import DEFAULTS
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from tests.registry.bundles import PUBLISHER, Signed, bundle
from tests.registry.stack import Client, Stack

MAX_VERSIONS: Final = 12
STORAGE: Final = "cap:storage.kv"
OPTIONAL: Final = ("cap:http.fetch", "cap:secrets.get")
ACTIVE, YANKED, REVOKED = (extension_pb2.VersionState.Value(f"VERSION_STATE_{name}") for name in ("ACTIVE", "YANKED", "REVOKED"))


@dataclass(frozen=True)
class Installed:
    """What can be seen of an install."""

    version: str
    capabilities: frozenset[str]
    enabled: bool = True
    revision: int = 1
    configuration: tuple[tuple[str, str], ...] = ()
    pending: str = ""

    def changed(self, **changes: Any) -> "Installed":
        return replace(self, revision=self.revision + 1, **changes)


@dataclass(frozen=True)
class State:
    """What can be seen of a tenant and its extension: states of versions, the install, digests and revisions of entries."""

    versions: dict[str, int] = field(default_factory=dict)
    install: Installed | None = None
    entries: dict[str, tuple[Digest, int]] = field(default_factory=dict)

    def with_version(self, version: str, state: int) -> "State":
        return replace(self, versions=self.versions | {version: state})

    def with_entry(self, key: str, value: bytes) -> "State":
        revision = self.entries[key][1] + 1 if key in self.entries else 1
        return replace(self, entries=self.entries | {key: (Digest.of(value), revision)})

    def without_entry(self, key: str) -> "State":
        return replace(self, entries={name: entry for name, entry in self.entries.items() if name != key})


@dataclass(frozen=True)
class Operation:
    """One call, and what is there once it is acknowledged."""

    kind: str
    after: State
    call: Callable[[], Awaitable[Any]]


@dataclass(frozen=True)
class Made:
    """A bundle, and the capabilities that its manifest asks for."""

    signed: Signed
    asked: frozenset[str]


class Tenant:
    """One tenant, and an extension that nobody else touches."""

    def __init__(self, stack: Stack, rng: random.Random, name: str, uploads: asyncio.Semaphore) -> None:
        self._uploads = uploads  # as many as the registry takes of one publisher at once
        self.stack, self.rng, self.name, self.extension = stack, rng, name, f"com.acme.{name}"
        self.state, self.made = State(), dict[str, Made]()
        self.flight: Operation | None = None

    async def step(self) -> str:
        """Do one operation; answers its kind. Raises Fault, and then it stays in flight."""
        self.flight = operation = self.rng.choice(self._possible())
        await operation.call()
        self.state, self.flight = operation.after, None
        return operation.kind

    async def settle(self) -> str:
        """After a restart: is there what was acknowledged? Answers what became of the operation in flight."""
        found = await self._found()
        outcomes = {"lost": self.state} | ({"kept": self.flight.after} if self.flight else {})
        fitting = [outcome for outcome, state in outcomes.items() if state == found]
        assert fitting, f"{self.name}: found {found}\nacknowledged {self.state}\nin flight {self.flight}"
        await self._check_bundles(found)
        outcome = f"{self.flight.kind} {fitting[-1]}" if self.flight and len(fitting) == 1 else "no difference"
        self.state, self.flight = found, None
        return outcome

    async def _found(self) -> State:
        return State(await self._versions(), await self._installed(), self._entries())

    async def _versions(self) -> dict[str, int]:
        try:
            answer = await self._operator.call("registry", "ListVersions", registry.ListVersionsRequest(extension=self.extension))
        except Fault as fault:
            assert fault.reason is Reason.NOT_FOUND
            return {}
        for version in answer.versions:
            assert version.content_hash == str(self.made[version.version].signed.digest)
        return {version.version: version.state for version in answer.versions}

    async def _installed(self) -> Installed | None:
        try:
            found = await self._ask("GetInstall")
        except Fault as fault:
            assert fault.reason is Reason.NOT_FOUND
            return None
        return Installed(
            found.version,
            frozenset(found.granted_capabilities),
            found.enabled,
            found.revision,
            tuple(sorted(found.configuration.items())),
            found.pending_update.version,
        )

    def _entries(self) -> dict[str, tuple[Digest, int]]:
        # Read beside the registry: it shows entries to the guests of enabled installs only.
        with closing(sqlite3.connect(self.stack.data / "registry.db")) as connection:
            query = "SELECT key, value, revision FROM extension_storage WHERE tenant_id = ?"
            return {key: (Digest.of(value), revision) for key, value, revision in connection.execute(query, (self.name,))}

    async def _check_bundles(self, found: State) -> None:
        """The newest versions can be fetched, byte for byte; one that was not recorded cannot."""
        for version in list(self.made)[-2:]:
            signed, state = self.made[version].signed, found.versions.get(version)
            if state in (ACTIVE, YANKED):
                header, archive = await self.stack.clients["runner"].read_bundle(str(signed.digest))
                assert (archive, header.envelope) == (signed.archive, signed.envelope)
            elif state is None:
                try:
                    await self.stack.clients["runner"].read_bundle(str(signed.digest))
                except Fault as fault:
                    assert fault.reason is Reason.NOT_FOUND
                else:
                    raise AssertionError("a bundle without its version can be fetched")

    # What can be done now.

    def _possible(self) -> list[Operation]:
        state, install, found = self.state, self.state.install, [self._publish()]
        active = [version for version, told in state.versions.items() if told == ACTIVE]
        used = {install.version, install.pending} if install else set()
        for version in set(active[:-2]) - used:
            found += [self._withdraw(version, "YankVersion", YANKED), self._withdraw(version, "RevokeVersion", REVOKED)]
        if install is None:
            return found + [self._install(version) for version in active[-2:]]
        found += [self._update(install, version) for version in active if version != install.version]
        found += [self._switch(install), self._configure(install), self._grant(install), self._uninstall()]
        if install.pending:
            found += [self._consent(install)] * 2
            found += [self._of("DeclineUpdate", replace(install, pending=""))]
        if install.enabled and STORAGE in install.capabilities:
            found += [self._put() for _ in range(4)]
            found += [self._delete(key) for key in list(state.entries)[:1]]
        return found

    def _publish(self) -> Operation:
        versions = self.state.versions
        version = f"1.0.{len(versions)}"
        if len(versions) >= MAX_VERSIONS:
            version = self.rng.choice(list(versions))  # the same bytes again change nothing
        elif version not in self.made or self.rng.random() < 0.5:  # other bytes, where those before were not recorded
            self.made[version] = self._bundle(version)
        after = self.state if version in versions else self.state.with_version(version, ACTIVE)
        return Operation("Publish", after, lambda: self._upload(version))

    async def _upload(self, version: str) -> None:
        async with self._uploads:
            await self.stack.clients[PUBLISHER].publish(self.made[version].signed)

    def _bundle(self, version: str) -> Made:
        asked = [STORAGE, *(name for name in OPTIONAL if self.rng.random() < 0.4)]
        files = {"ui/noise": self.rng.randbytes(self.rng.choice((10, 100_000, 2_000_000)))}
        signed = bundle(self.stack.publisher_key, files, name=self.extension, version=version, capabilities=asked)
        return Made(signed, frozenset(asked))

    def _withdraw(self, version: str, method: str, state: int) -> Operation:
        request = getattr(registry, f"{method}Request")(extension=self.extension, version=version)
        after = self.state.with_version(version, state)
        return Operation(method, after, lambda: self._operator.call("registry", method, request))

    def _install(self, version: str) -> Operation:
        after = replace(self.state, install=Installed(version, self.made[version].asked | DEFAULTS))
        return Operation("Install", after, lambda: self._operator.install(self.name, self.extension, version))

    def _update(self, install: Installed, version: str) -> Operation:
        asked, had = self.made[version].asked, self.made[install.version].asked
        if asked - had:
            return self._of("Update", replace(install, pending=version), version=version)
        kept = (install.capabilities & asked) | DEFAULTS
        return self._of("Update", install.changed(version=version, capabilities=kept, pending=""), version=version)

    def _consent(self, install: Installed) -> Operation:
        made = self.made[install.pending]
        after = install.changed(version=install.pending, capabilities=made.asked | DEFAULTS, pending="")
        every = installs.CapabilityGrant(all_requested=True)
        fields = {"content_hash": str(made.signed.digest), "capabilities": every}
        return self._of("ConsentToUpdate", after, self.stack.clients[f"admin-{self.name}"], **fields)

    def _grant(self, install: Installed) -> Operation:
        names = frozenset(name for name in self.made[install.version].asked if name == STORAGE or self.rng.random() < 0.5)
        same = names | DEFAULTS == install.capabilities
        after = install if same else install.changed(capabilities=names | DEFAULTS)
        return self._of("SetGrants", after, capabilities=installs.CapabilityGrant(names=sorted(names)))

    def _configure(self, install: Installed) -> Operation:
        values = {f"key-{self.rng.randrange(5)}": self.rng.randbytes(8).hex() for _ in range(self.rng.randrange(1, 4))}
        after = install.changed(configuration=tuple(sorted(values.items())))
        return self._of("SetConfiguration", after, configuration=values)

    def _switch(self, install: Installed) -> Operation:
        return self._of("Disable" if install.enabled else "Enable", install.changed(enabled=not install.enabled))

    def _uninstall(self) -> Operation:
        return Operation("Uninstall", State(self.state.versions), lambda: self._ask("Uninstall"))

    def _put(self) -> Operation:
        key, value = f"key-{self.rng.randrange(20)}", self.rng.randbytes(self.rng.choice((1, 1_000, 60_000)))
        fields = {"namespace": "n", "key": key, "value": value}
        return Operation("PutEntry", self.state.with_entry(key, value), lambda: self._store("PutEntry", fields))

    def _delete(self, key: str) -> Operation:
        fields = {"namespace": "n", "key": key}
        return Operation("DeleteEntry", self.state.without_entry(key), lambda: self._store("DeleteEntry", fields))

    # How it is done.

    @property
    def _operator(self) -> Client:
        return self.stack.operator

    def _of(self, method: str, after: Installed, client: Client | None = None, **fields: Any) -> Operation:
        return Operation(method, replace(self.state, install=after), lambda: self._ask(method, client, **fields))

    async def _ask(self, method: str, client: Client | None = None, **fields: Any) -> install_pb2.Install:
        request = getattr(installs, f"{method}Request")(tenant_id=self.name, install=self.extension, **fields)
        answer = await (client or self._operator).call("installs", method, request)
        found: install_pb2.Install = answer.install
        return found

    async def _store(self, method: str, fields: dict[str, Any]) -> None:
        """As a guest does: with the grant that a gateway got, shown by the runner."""
        grant = (await self.stack.clients["gateway"].resolve(self.name, self.extension)).grant
        request = getattr(storage, f"{method}Request")(grant=grant, **fields)
        await self.stack.clients["runner"].call("storage", method, request)
