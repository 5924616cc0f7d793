"""Settings of the limits: part of the gateway's."""

import ipaddress
from typing import Self

from pydantic import Field, field_validator, model_validator

from gateway.limits.model import Rate
from gateway.limits.peers import MAX_FAILURE_COST
from kernel.settings import ProcessSettings


class LimitSettings(ProcessSettings):
    """How much callers may ask; 0 = no limit. Rates are calls a second, bursts what may come at once after a pause."""

    rate_per_tenant: float = Field(400, ge=0, description="Calls a second of one tenant; 0 = any number.")
    burst_per_tenant: int = Field(2_000, ge=1, description="Calls of a tenant at once after a pause.")
    rate_per_extension: float = Field(200, ge=0, description="Calls a second of one tenant to one extension; 0 = any number.")
    burst_per_extension: int = Field(1_000, ge=1, description="Calls of a tenant to an extension at once after a pause.")
    rate_per_principal: float = Field(100, ge=0, description="Calls a second of one key or person; 0 = any number.")
    burst_per_principal: int = Field(500, ge=1, description="Calls of a key or person at once after a pause.")
    rate_per_peer: float = Field(100, ge=0, description="Requests a second of one address without good credentials; 0 = any.")
    burst_per_peer: int = Field(1_000, ge=MAX_FAILURE_COST, description="Requests of an address at once after a pause.")
    peers_exempt: tuple[str, ...] = Field(
        ("127.0.0.0/8", "::1/128"), description="Networks whose addresses stand for many, e.g. a proxy in front: not limited."
    )
    running_per_tenant: int = Field(256, ge=0, description="Calls of one tenant that run at once; 0 = any number.")
    running_per_extension: int = Field(128, ge=0, description="Calls of a tenant to an extension that run at once; 0 = any.")
    calls_per_day: int = Field(100_000, ge=0, description="Calls of an install a day (UTC); 0 = any number.")
    cpu_seconds_per_day: int = Field(3_600, ge=0, description="Seconds a day in which an install's guests run; 0 = any.")
    egress_bytes_per_day: int = Field(10 << 30, ge=0, description="Bytes a day of an install's outgoing requests; 0 = any.")

    @field_validator("peers_exempt")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            ipaddress.ip_network(text)  # its error says what is wrong
        return value

    @model_validator(mode="after")
    def _bursts_fit(self) -> Self:
        for name in ("tenant", "extension", "principal", "peer"):
            rate, burst = getattr(self, f"rate_per_{name}"), getattr(self, f"burst_per_{name}")
            if rate > 0 and burst / rate > 86_400:
                raise ValueError(f"burst_per_{name} must fill within a day at rate_per_{name}")
        return self

    def rate(self, name: str) -> Rate | None:
        """The bucket of a tenant, extension, principal or peer; None = no limit."""
        per_second = getattr(self, f"rate_per_{name}")
        return Rate(getattr(self, f"burst_per_{name}"), per_second) if per_second else None
