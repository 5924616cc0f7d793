"""Installs: version and extension belong together, nothing is granted that was not asked for, sums are right."""

from collections.abc import AsyncIterator, Collection
from typing import Any, Final

from kernel.capabilities import DEFAULTS
from kernel.errors import Fault
from registry import configure, limiting
from registry.catalog import access_json, limits_json
from registry.doctor.finding import Check, Flaw, Severity
from registry.model import VersionState
from registry.ports import Catalog
from registry.records import InstallRow

PAGE: Final = 100
_BACKUP: Final = "restore the database from a backup"


class InstallChecks:
    """The rules for installs."""

    def __init__(self, catalog: Catalog, recipients: Collection[str]) -> None:
        """`recipients` are the ids of the keys to which secrets are sealed now."""
        self._catalog, self._recipients = catalog, frozenset(recipients)

    def all(self) -> tuple[Check[InstallRow], ...]:
        """In the order in which they are told."""
        return (
            Check("install-version", "every install has a version of its extension", _version),
            Check("install-grants", "no install may use more than its version asks for, and the defaults", _grants),
            Check("install-pending-update", "no install waits for a version of another extension", _pending),
            Check("install-configuration", "every install's configuration is within the limits", _configuration),
            Check("install-limits", "every install's own limits are numbers that a manifest may say", _limits),
            Check("install-access", "every install's access rules can be read", _access),
            Check("install-revoked", "no install is switched on with a revoked version", _revoked),
            Check("install-secrets", "every secret can be opened, and those that credentials name are there", self._secrets),
            Check("storage-usage", "every install stores what its sums say", self._usage),
        )

    async def rows(self) -> AsyncIterator[InstallRow]:
        """All installs, page by page; no transaction is open in between."""
        after = ("", "")
        while True:
            async with self._catalog.read() as tables:
                page = await tables.records.installs(after, PAGE)
            for row in page:
                yield row
            if len(page) < PAGE:
                return
            after = (page[-1].tenant_id, page[-1].id)

    async def _secrets(self, install: InstallRow) -> AsyncIterator[Flaw]:
        async with self._catalog.read() as tables:
            secrets = {one.name: one for one in await tables.secrets.of(install.tenant_id, install.id)}
        for name, secret in secrets.items():
            sealed_to = {box.key_id for box in secret.boxes}
            if not sealed_to & self._recipients:
                text = f"its secret {name} is sealed to no key that secret_recipients_file names: runners may not open it any more"
                yield Flaw(_subject(install), text, "let the tenant set it again: alga-ext secrets set")
            elif self._recipients - sealed_to:
                text = f"its secret {name} is not sealed to all keys of secret_recipients_file"
                yield Flaw(_subject(install), text, "let the tenant set it again before an older key goes", Severity.WARNING)
        told = install.credentials or []
        if not (isinstance(told, list) and all(isinstance(one, list) and len(one) == 4 and _names(one) for one in told)):
            yield Flaw(_subject(install), "its credentials are no list of texts", "set them anew: alga-ext credentials set")
            return
        for name in sorted({one[3] for one in told} - secrets.keys()):
            text = f"a credential names the secret {name}, which does not exist: requests that need it are not sent"
            yield Flaw(_subject(install), text, "let the tenant set it: alga-ext secrets set", Severity.WARNING)

    async def _usage(self, install: InstallRow) -> AsyncIterator[Flaw]:
        async with self._catalog.read() as tables:
            usage = await tables.records.usage(install.tenant_id, install.id)
        for row in usage:
            if row.told != row.counted:
                text = "namespace {!r} holds {} keys with {} bytes, its sums say {} and {}: quotas are judged by the sums"
                yield Flaw(_subject(install), text.format(row.namespace, *row.counted, *row.told), _BACKUP)


async def _version(install: InstallRow) -> AsyncIterator[Flaw]:
    if install.version_extension_id is not None and install.version_extension_id != install.extension_id:
        yield Flaw(_subject(install), "its version is one of another extension", f"uninstall it and install it again; or {_BACKUP}")


async def _grants(install: InstallRow) -> AsyncIterator[Flaw]:
    granted, asked = _names(install.granted), _names(install.asked)
    if granted is None or (asked is None and install.version_state is not None):
        yield Flaw(_subject(install), "its capabilities, or those that its version asks for, are no list of names", _BACKUP)
    elif excess := sorted(granted - (asked or frozenset()) - DEFAULTS):
        step = f"take it away: alga-ext grants set; or {_BACKUP}"
        yield Flaw(_subject(install), f"it may use {', '.join(excess)}, which its version does not ask for", step)


async def _pending(install: InstallRow) -> AsyncIterator[Flaw]:
    if install.pending is not None and install.pending_extension_id != install.extension_id:
        step = "forget it: `alga-ext decline`"
        yield Flaw(_subject(install), "the update that waits names no version of its extension", step)


async def _configuration(install: InstallRow) -> AsyncIterator[Flaw]:
    if install.configuration is None:
        return
    step = "set it anew: alga-ext config set"
    if not _is_texts(install.configuration):
        yield Flaw(_subject(install), "its configuration is no object of texts", step)
        return
    try:
        configure.check(install.configuration)
    except Fault as fault:
        rules = "; ".join(f"{item.field} {item.rule}" for item in fault.violations)
        yield Flaw(_subject(install), f"its configuration breaks the limits: {rules}", step)


async def _limits(install: InstallRow) -> AsyncIterator[Flaw]:
    step = f"set them anew: alga-ext limits set; or {_BACKUP}"
    if (limits := limits_json.from_json(install.limits)) is None:
        yield Flaw(_subject(install), "its limits are none that a tenant can say: the least of each holds", step)
        return
    try:
        limiting.check(*limits)
    except Fault as fault:
        rules = "; ".join(f"{item.field} {item.rule}" for item in fault.violations)
        yield Flaw(_subject(install), f"its limits break the rules: {rules}", step)


async def _access(install: InstallRow) -> AsyncIterator[Flaw]:
    if install.access is not None and access_json.from_json(install.access) is None:
        step = f"set them anew: alga-ext access set; or {_BACKUP}"
        yield Flaw(_subject(install), "its access rules are none that a tenant can say: nobody may call it", step)


async def _revoked(install: InstallRow) -> AsyncIterator[Flaw]:
    if install.enabled and install.version_state == VersionState.REVOKED:
        text = "it is switched on, but its version is revoked: every call answers `revoked`"
        yield Flaw(_subject(install), text, "tell the tenant: update to another version, disable or uninstall", Severity.WARNING)


def _subject(install: InstallRow) -> str:
    return f"install {install.id} of tenant {install.tenant_id}"


def _names(value: Any) -> frozenset[str] | None:
    return frozenset(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else None


def _is_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
