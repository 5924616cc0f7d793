"""Settings of what leaves a runner: `EXT_RUNNER_EGRESS_…`. Without any of them nothing does."""

import json
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field
from pydantic_settings import NoDecode

from kernel import egress
from kernel.errors import Fault
from kernel.settings import ProcessSettings

_MIB: Final = 1 << 20
ANY: Final = "*"


def _listed(value: object) -> object:
    """A JSON array, or entries with commas or white space between them, as the reference system writes its list."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value.replace(",", " ").split()


def _destination(text: str) -> str:
    try:
        return text if text == ANY else str(egress.parse(text, ""))
    except Fault as fault:
        raise ValueError(f"{text[:64]}: {fault.violations[0].rule}") from None


def _nameserver(text: str) -> str:
    host, _, port = text.rpartition(":") if text.count(":") == 1 or "]:" in text else (text, "", "53")
    ip_address(host.strip("[]"))
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise ValueError("the port must be 1 to 65535")
    return text


_Destination = Annotated[str, AfterValidator(_destination)]
_Network = IPv4Network | IPv6Network
_Nameserver = Annotated[str, AfterValidator(_nameserver)]
_List = (NoDecode, BeforeValidator(_listed))


class EgressSettings(ProcessSettings):
    """What `http.fetch` may reach, and what one fetch may spend."""

    egress_allowlist: Annotated[tuple[_Destination, ...], *_List] = Field(
        (),
        validation_alias=AliasChoices("EXT_RUNNER_EGRESS_ALLOWLIST", "EXT_EGRESS_ALLOWLIST"),
        description="Destinations that extensions of all tenants may send requests to; manifests and tenants can only narrow them. "
        "Empty = none; `*` alone = whatever a manifest names.",
    )
    egress_networks: Annotated[tuple[_Network, ...], *_List] = Field(
        (), description="Networks of addresses that are refused otherwise (loopback, private, metadata …), e.g. `10.20.0.0/16`."
    )
    egress_nameservers: Annotated[tuple[_Nameserver, ...], *_List] = Field(
        (), description="DNS servers, `address` or `address:port`; empty = the machine's."
    )
    egress_ca_file: Path | None = Field(None, description="PEM roots of private servers, beside the machine's own.")
    egress_max_ms: int = Field(30_000, ge=1, le=50_000, description="Time of one fetch at most, redirects included.")
    egress_connect_ms: int = Field(5_000, ge=1, le=50_000, description="Time of a lookup and a connection, TLS included.")
    egress_request_bytes: int = Field(8 * _MIB, ge=0, le=8 * _MIB, description="Bytes of the body that a fetch sends.")
    egress_response_bytes: int = Field(
        8 * _MIB, ge=1, le=10 * _MIB, description="Bytes of the body that a fetch answers, decompressed."
    )
    egress_fetches_per_install: int = Field(16, ge=1, le=1_000, description="Fetches of one install at once; more wait.")
    egress_pools: int = Field(64, ge=1, le=10_000, description="Installs whose connections are kept for their next fetch.")
    egress_idle_seconds: float = Field(15.0, ge=0.1, le=300, description="How long a connection is kept that nothing uses.")
