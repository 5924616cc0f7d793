"""What a schedule must look like: every field is checked, and each one that breaks a rule is named."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from kernel import fields, strict_json
from kernel.errors import Fault, Reason, Violation
from registry.model import Version
from registry.schedules import cron
from registry.schedules.model import NamedEndpoint, endpoints_of

MAX_NAME: Final = 128
MAX_PAYLOAD: Final = 100_000  # characters
MAX_DEPTH: Final = 64  # of a payload's objects and lists
MAX_ADDRESS: Final = 600  # of an endpoint: a manifest's longest path, and a method
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody says of a schedule; None = nothing. An empty name or payload stands for none."""

    endpoint: str | None = None
    cron: str | None = None
    timezone: str | None = None
    enabled: bool | None = None
    name: str | None = None
    payload: str | None = None


def changes(wanted: Wanted, version: Version) -> dict[str, Any]:
    """What is said, as fields of `Schedule`; fields that nothing is said of are left out.

    Raises INVALID_ARGUMENT that names each field which breaks a rule.
    """
    found: dict[str, Any] = {}
    violations: list[Violation] = []

    def check(value: _Value | None, rule: Callable[[_Value], dict[str, Any]]) -> None:
        if value is not None:
            try:
                found.update(rule(value))
            except Fault as fault:
                violations.extend(fault.violations)

    check(wanted.endpoint, lambda address: _endpoint(address, version))
    check(wanted.cron, lambda text: {"cron": cron.normal(text)})
    check(wanted.timezone, _timezone)
    check(wanted.enabled, lambda enabled: {"enabled": enabled})
    check(wanted.name, lambda name: {"name": fields.text(name, "name", most=MAX_NAME) or None})
    check(wanted.payload, lambda payload: {"payload": _payload(payload)})
    if violations:
        raise Fault(Reason.INVALID_ARGUMENT, violations=tuple(violations))
    return found


def _timezone(name: str) -> dict[str, Any]:
    cron.zone(name)
    return {"timezone": name}


def _payload(text: str) -> str | None:
    if len(text) > MAX_PAYLOAD:
        raise Fault.invalid("payload", f"must have at most {MAX_PAYLOAD} characters")
    if not text:
        return None
    try:
        data = text.encode()
        value = strict_json.read_value(
            data, name="payload", reason=Reason.INVALID_ARGUMENT, max_bytes=4 * MAX_PAYLOAD, max_depth=MAX_DEPTH
        )
    except Fault as fault:  # which may name a key of the payload
        rule = next(
            (found.rule for found in fault.violations if found.field == "payload"), "must not have a key twice in one object"
        )
        raise Fault.invalid("payload", rule) from fault
    if not isinstance(value, dict | list):
        raise Fault.invalid("payload", "must be JSON, an object or a list")
    return text


def _endpoint(address: str, version: Version) -> dict[str, Any]:
    if len(address) > MAX_ADDRESS:
        raise Fault.invalid("endpoint", f"must have at most {MAX_ADDRESS} characters")
    method, _, path = address.strip().rpartition(" ")
    named = [one for one in endpoints_of(version) if _is(one, method.strip().upper(), path)]
    found = [one for one in named if one.schedulable]
    if not named:
        raise Fault.invalid("endpoint", "must be one of the installed version, written as /path or METHOD /path")
    if not found:
        raise Fault.invalid("endpoint", "must be one with GET or POST, and without parameters in its path")
    if len(found) > 1:
        raise Fault.invalid("endpoint", f"must name the method, as in {found[0].endpoint.method} {path[:200]}: there are several")
    return {"method": found[0].endpoint.method, "path": found[0].endpoint.path}


def _is(one: NamedEndpoint, method: str, path: str) -> bool:
    return one.endpoint.path == path and method in {"", one.endpoint.method}
