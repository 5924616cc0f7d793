"""The settings of a gateway: names, defaults and limits."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final, Self

from pydantic import AliasChoices, Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from gateway.client_settings import ClientSettings
from gateway.identity.settings import IdentitySettings
from gateway.limits.settings import LimitSettings
from kernel import fields
from kernel.errors import Fault
from kernel.rpc import is_loopback

MAX_BODY_BYTES: Final = 10 << 20  # what the runner's contract carries
_SOURCES: Final = re.compile(r"[A-Za-z0-9:/*.'_\[\]-]+(?: +[A-Za-z0-9:/*.'_\[\]-]+)*")  # no `;` or `,`: they begin another rule
_POLICY: Final = re.compile(r"[\x20-\x7e]+")


class GatewaySettings(LimitSettings, ClientSettings, IdentitySettings):
    """Settings of one gateway, from `EXT_GATEWAY_*`."""

    model_config = SettingsConfigDict(env_prefix="EXT_GATEWAY_", populate_by_name=True)
    renamed: ClassVar[Mapping[str, str]] = {"service_token_file": "host_token_files"}

    listen: tuple[str, ...] = Field(("127.0.0.1:7480",), min_length=1, description="HTTP addresses; port 0 = any.")
    behind_tls_proxy: bool = Field(False, description="A proxy in front ends TLS: plain HTTP beyond loopback is meant.")
    registry_address: str = Field("127.0.0.1:7481", description="The registry: `unix:/path` or `host:port`.")
    runner_address: str = Field("127.0.0.1:7482", description="The runner: `unix:/path` or `host:port`.")
    runner_addresses: tuple[str, ...] = Field(
        (), max_length=64, description="Several runners, as a JSON list; then runner_address does not count. All have one token."
    )
    registry_token_file: Path = Field(description="Holds the token that the registry knows gateways by.")
    runner_token_file: Path = Field(description="Holds the token that the runner knows gateways by.")
    insecure_development_tenant: str = Field("", description="Calls without a key run for this tenant. For development only.")
    ui_domain_root: str = Field(
        "",
        pattern=r"^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)?$",
        max_length=200,
        validation_alias=AliasChoices("EXT_GATEWAY_UI_DOMAIN_ROOT", "EXT_DOMAIN_ROOT"),
        description="Each install's UI has an origin of its own at `<install id>.<this>`; empty = none.",
    )
    timeout_ms: int = Field(10_000, ge=1, le=300_000, description="Longest time of one call; a grant ends it after 30 s anyway.")
    max_body_bytes: int = Field(MAX_BODY_BYTES, ge=0, le=MAX_BODY_BYTES, description="Largest body of a request.")
    max_buffered_bytes: int = Field(256 << 20, ge=1 << 20, description="All request bodies in memory together.")
    asset_cache_bytes: int = Field(64 << 20, ge=0, description="UI files of up to 1 MiB kept in memory together; 0 = none.")
    max_requests: int = Field(512, ge=1, description="Requests at once; more are told to come back.")
    max_streams: int = Field(64, ge=0, description="Streams of events at once; each one is a request as well.")
    max_streams_per_tenant: int = Field(4, ge=0, description="Those of one tenant.")
    max_connections: int = Field(4_096, ge=1, description="Connections at once; of more the idlest are closed.")
    drain_seconds: float = Field(10.0, ge=0, le=300, description="Time that running requests get when the gateway stops.")
    schedules_enabled: bool = Field(True, description="Whether this gateway fires schedules; of several, any number may.")
    schedules_at_once: int = Field(16, ge=1, le=64, description="Scheduled calls of this gateway at once.")
    ui_frame_ancestors: str = Field(
        "'self'",
        validation_alias=AliasChoices("EXT_GATEWAY_UI_FRAME_ANCESTORS", "EXT_UI_FRAME_ANCESTORS"),
        description="Who may frame extension UIs: the sources of CSP's frame-ancestors.",
    )
    ui_content_security_policy: str = Field(
        "",
        validation_alias=AliasChoices("EXT_GATEWAY_UI_CONTENT_SECURITY_POLICY", "EXT_UI_CONTENT_SECURITY_POLICY"),
        description="Replaces the policy of UI pages, all but `sandbox`.",
    )

    @property
    def runners(self) -> tuple[str, ...]:
        """The addresses of all runners."""
        return tuple(dict.fromkeys(self.runner_addresses)) or (self.runner_address,)

    @field_validator("insecure_development_tenant")
    @classmethod
    def _tenant(cls, value: str) -> str:
        try:
            return fields.tenant_id(value) if value else value
        except Fault as fault:
            raise ValueError(fault.violations[0].rule) from fault

    @field_validator("ui_frame_ancestors")
    @classmethod
    def _sources(cls, value: str) -> str:
        if not _SOURCES.fullmatch(value):
            raise ValueError("must be CSP sources with spaces between them")
        return value

    @field_validator("ui_content_security_policy")
    @classmethod
    def _policy(cls, value: str) -> str:
        if value and not _POLICY.fullmatch(value):
            raise ValueError("must be one line of printable ASCII")
        if _lets_inline_scripts(value):
            raise ValueError("must not have 'unsafe-inline' for scripts: put them into files of the bundle")
        return value

    @model_validator(mode="after")
    def _listens_safely(self) -> Self:
        for address in self.listen:
            plain = self.tls_cert_file is None and not self.behind_tls_proxy
            if plain and not address.startswith("unix:") and not is_loopback(address):
                raise ValueError(f"{address} is not loopback: set tls_cert_file and tls_key_file, or behind_tls_proxy")
        return self


def _lets_inline_scripts(policy: str) -> bool:
    """Whether a policy, or one of several with commas between them, has 'unsafe-inline' where it counts for scripts."""
    for one in policy.lower().split(","):
        directives = [words for part in one.split(";") if (words := part.split())]
        scripts = [words for words in directives if words[0].startswith("script-src")]
        if any("'unsafe-inline'" in words for words in scripts or directives if words[0].startswith(("script-src", "default-src"))):
            return True
    return False
