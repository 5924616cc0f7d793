"""Who may call which rpc: one table of principals, default deny, and how a caller proves who it is.

Roles say what kind of caller; each service then narrows to the caller's own tenant or publisher (`Principal.must_*`).
"""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import compress
from typing import Final, Protocol

from kernel.errors import Fault, Reason
from kernel.tokens import digest_of, matches
from kernel.user import User


class Role(StrEnum):
    """The kinds of callers."""

    OPERATOR = "operator"
    PUBLISHER = "publisher"
    TENANT_ADMIN = "tenant_admin"
    TENANT_CALLER = "tenant_caller"
    GATEWAY = "gateway"
    RUNNER = "runner"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller.

    `tenant_id` is set for the tenant roles, `publisher` (its name) for publishers, and for tenants' admins who may publish as well.

    `user` = the person whose API key it is, where gateways need to know; it is kept out of logs.
    """

    role: Role
    tenant_id: str = ""
    publisher: str = ""
    key_id: str = ""
    user: User | None = field(default=None, repr=False)

    def must_own_tenant(self, tenant_id: str) -> None:
        """Raises NOT_FOUND unless the caller is an operator or of this tenant: a stranger's tenant does not exist."""
        if self.role is not Role.OPERATOR and self.tenant_id != tenant_id:
            raise Fault(Reason.NOT_FOUND, log=f"{self} asked for tenant {tenant_id}")


class Authenticator(Protocol):
    """Turns a bearer secret into a principal."""

    async def authenticate(self, secret: str) -> Principal | None:
        """The principal, or None for a secret that this authenticator does not know. Raises UNAVAILABLE when it cannot tell."""


class ServiceTokens:
    """Tokens of our own processes, from settings; compared in constant time, kept as hashes."""

    def __init__(self, tokens: Mapping[str, Role]) -> None:
        named = {token: role for token, role in tokens.items() if token}
        self._digests, self._roles = [digest_of(token) for token in named], list(named.values())

    async def authenticate(self, secret: str) -> Principal | None:
        """The role that the token stands for."""
        found = list(compress(self._roles, matches(secret, self._digests)))
        return Principal(found[-1]) if found else None


class FirstOf:
    """Asks several authenticators in order."""

    def __init__(self, authenticators: Sequence[Authenticator]) -> None:
        self._authenticators = authenticators

    async def authenticate(self, secret: str) -> Principal | None:
        """The first answer that is not None."""
        for authenticator in self._authenticators:
            if (principal := await authenticator.authenticate(secret)) is not None:
                return principal
        return None


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call an rpc, and for how long it may run at most (None = as long as its caller likes)."""

    roles: frozenset[Role] | None  # None = anybody, without credentials
    max_seconds: float | None = 30


def _rule(*roles: Role, max_seconds: float | None = 30) -> Rule:
    return Rule(frozenset(roles), max_seconds)


_ANYBODY = Rule(None)
_O, _P, _A, _G, _R = Role.OPERATOR, Role.PUBLISHER, Role.TENANT_ADMIN, Role.GATEWAY, Role.RUNNER
_REGISTRY, _INSTALL = "/alga.registry.v1.RegistryService/", "/alga.registry.v1.InstallService/"
_STORAGE, _IDENTITY = "/alga.registry.v1.StorageService/", "/alga.registry.v1.IdentityService/"
_STORAGE_ADMIN = "/alga.registry.v1.StorageAdminService/"
_SEALED = "/alga.registry.v1.SecretService/"
_PUBLISHER, _MAINTENANCE = "/alga.registry.v1.PublisherService/", "/alga.registry.v1.MaintenanceService/"
_SCHEDULE = "/alga.registry.v1.ScheduleService/"
_STAGING = "/alga.registry.v1.StagingService/"
_EXECUTIONS = "/alga.registry.v1.ExecutionLogService/"
_IDEMPOTENCY = "/alga.registry.v1.IdempotencyService/"
_EXECUTE, _ASSET = "/alga.runner.v1.ExecuteService/", "/alga.runner.v1.AssetService/"
_OPS = "/alga.runner.v1.OpsService/"
_HEALTH, _REFLECTION = "/grpc.health.v1.Health/", "/grpc.reflection.v1alpha.ServerReflection/"

RULES: Final[Mapping[str, Rule]] = {
    _REGISTRY + "PublishVersion": _rule(_O, _P, max_seconds=600),
    _REGISTRY + "GetExtension": _rule(_O, _P, _A),
    _REGISTRY + "ListExtensions": _rule(_O, _P, _A),
    _REGISTRY + "GetVersion": _rule(_O, _P, _A),
    _REGISTRY + "ListVersions": _rule(_O, _P, _A),
    _REGISTRY + "DeprecateExtension": _rule(_O, _P),
    _REGISTRY + "SetVisibility": _rule(_O, _P),
    _REGISTRY + "YankVersion": _rule(_O, _P),
    _REGISTRY + "RevokeVersion": _rule(_O, _P),
    _REGISTRY + "ReadBundle": _rule(_O, _P, _R, max_seconds=300),
    _REGISTRY + "ReadVariants": _rule(_R, max_seconds=300),
    _INSTALL + "Install": _rule(_O, _A),
    _INSTALL + "Update": _rule(_O, _A),
    _INSTALL + "ConsentToUpdate": _rule(_A),
    _INSTALL + "DeclineUpdate": _rule(_O, _A),
    _INSTALL + "SetGrants": _rule(_O, _A),
    _INSTALL + "SetConfiguration": _rule(_O, _A),
    _INSTALL + "SetLimits": _rule(_O, _A),
    _INSTALL + "SetEgress": _rule(_O, _A),
    _INSTALL + "SetCredentials": _rule(_O, _A),
    _INSTALL + "SetAccess": _rule(_O, _A),
    _INSTALL + "Enable": _rule(_O, _A),
    _INSTALL + "Disable": _rule(_O, _A),
    _INSTALL + "Uninstall": _rule(_O, _A),
    _INSTALL + "GetInstall": _rule(_O, _A),
    _INSTALL + "ListInstalls": _rule(_O, _A),
    _INSTALL + "ListMenu": _rule(_O, _G),
    _INSTALL + "ResolveInstall": _rule(_O, _G),
    _INSTALL + "LocateInstall": _rule(_G),
    _INSTALL + "ResolveAssets": _rule(_O, _G),
    _INSTALL + "WatchInstalls": _rule(_O, _G, _R, max_seconds=None),
    _STORAGE + "GetEntry": _rule(_R),
    _STORAGE + "ReadEntries": _rule(_R, max_seconds=None),
    _STORAGE + "PutEntry": _rule(_R),
    _STORAGE + "DeleteEntry": _rule(_R),
    _STORAGE + "ListEntries": _rule(_R),
    _STORAGE_ADMIN + "ListNamespaces": _rule(_O, _A),
    _STORAGE_ADMIN + "ListKeys": _rule(_O, _A),
    _STORAGE_ADMIN + "ReadEntry": _rule(_O, _A),
    _STORAGE_ADMIN + "ClearNamespace": _rule(_O, _A),
    _SCHEDULE + "CreateSchedule": _rule(_O, _A, _G, _R),
    _SCHEDULE + "UpdateSchedule": _rule(_O, _A, _G, _R),
    _SCHEDULE + "DeleteSchedule": _rule(_O, _A, _G, _R),
    _SCHEDULE + "GetSchedule": _rule(_O, _A, _G, _R),
    _SCHEDULE + "ListSchedules": _rule(_O, _A, _G, _R),
    _SCHEDULE + "ListEndpoints": _rule(_O, _A, _G, _R),
    _SCHEDULE + "RunNow": _rule(_O, _A, _G),
    _SCHEDULE + "ListOccurrences": _rule(_O, _A, _G),
    _SCHEDULE + "AwaitDue": _rule(_G),
    _SCHEDULE + "ClaimOccurrences": _rule(_G),
    _SCHEDULE + "CompleteOccurrence": _rule(_G),
    _SEALED + "GetRecipients": _rule(_O, _A),
    _SEALED + "PutSecrets": _rule(_O, _A),
    _SEALED + "ListSecrets": _rule(_O, _A),
    _SEALED + "ReadSealed": _rule(_R),
    _IDENTITY + "Verify": _rule(_G, _R),
    _IDENTITY + "CreateApiKey": _rule(_O, _A),
    _IDENTITY + "ListApiKeys": _rule(_O, _A),
    _IDENTITY + "RevokeApiKey": _rule(_O, _A),
    _PUBLISHER + "CreatePublisher": _rule(_O),
    _PUBLISHER + "GetPublisher": _rule(_O, _P),
    _PUBLISHER + "AddPublisherKey": _rule(_O),
    _PUBLISHER + "RetirePublisherKey": _rule(_O, _P),
    _PUBLISHER + "RevokePublisherKey": _rule(_O, _P),
    _MAINTENANCE + "Diagnose": _rule(_O, max_seconds=600),
    _MAINTENANCE + "CollectGarbage": _rule(_O, max_seconds=300),
    _MAINTENANCE + "Reattest": _rule(_O, max_seconds=300),
    _STAGING + "StageBundle": _rule(_O, _P, _A, max_seconds=600),
    _STAGING + "FinalizeBundle": _rule(_O, _P, _A, max_seconds=300),
    _STAGING + "AbortBundle": _rule(_O, _P, _A),
    _EXECUTIONS + "Record": _rule(_R),
    _EXECUTIONS + "ListExecutions": _rule(_O, _A, _G),
    _EXECUTIONS + "GetExecution": _rule(_O, _A, _G),
    _EXECUTIONS + "GetUsage": _rule(_O, _A, _G),
    _IDEMPOTENCY + "ClaimKey": _rule(_G),
    _IDEMPOTENCY + "CompleteKey": _rule(_G),
    _IDEMPOTENCY + "AskKeys": _rule(_G, max_seconds=None),
    _EXECUTE + "Execute": _rule(_O, _G, max_seconds=60),
    _EXECUTE + "Warm": _rule(_O, _G, max_seconds=180),
    _EXECUTE + "Tail": _rule(_O, _G, max_seconds=None),
    _ASSET + "GetAsset": _rule(_O, _G, max_seconds=60),
    _OPS + "GetStatus": _rule(_O),
    _OPS + "ListVersions": _rule(_O),
    _OPS + "Drain": _rule(_O, max_seconds=90),
    _OPS + "Resume": _rule(_O),
    _HEALTH + "Check": _ANYBODY,
    _HEALTH + "List": _ANYBODY,
    _HEALTH + "Watch": Rule(None, None),
    _REFLECTION + "ServerReflectionInfo": _rule(*Role, max_seconds=300),
}

_current: ContextVar[Principal] = ContextVar("principal")


def current_principal() -> Principal:
    """The caller of the rpc that is running. Raises LookupError outside one, and in an rpc that anybody may call."""
    return _current.get()


def enter(principal: Principal) -> None:
    """Make a principal the current one for the rest of this task."""
    _current.set(principal)


def authorise(method: str, principal: Principal | None) -> None:
    """Raises UNAUTHENTICATED without a known caller, PERMISSION_DENIED when the table has no such row or role."""
    rule = RULES.get(method)
    if rule is not None and rule.roles is None:
        return
    if principal is None:
        raise Fault(Reason.UNAUTHENTICATED)
    if rule is None or principal.role not in (rule.roles or ()):
        raise Fault(Reason.PERMISSION_DENIED, log=f"{principal.role} may not call {method}")
