"""The settings of identity and authorisation."""

import re
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from gateway.authorize.model import DEFAULT_ROLES
from gateway.identity.claims import NAMES
from gateway.identity.jwks import ALGORITHMS
from gateway.identity.tokens import MAX_TOKEN
from kernel.permissions import Permission, is_role
from kernel.rpc import is_loopback
from kernel.settings import ProcessSettings

_CERTIFICATE_NAME: Final = re.compile(r"(dns|uri|cn):[!-~]([ -~]*[!-~])?")


class IdentitySettings(ProcessSettings):
    """Who may say who calls, and what roles may do."""

    role_permissions: dict[str, frozenset[Permission]] = Field(
        dict(DEFAULT_ROLES), description="JSON: what each role may do, of read, write and admin; other roles may do nothing."
    )
    jwt_issuer: str = Field("", max_length=1024, description="The `iss` of tokens; empty = no tokens are taken.")
    jwt_audience: tuple[str, ...] = Field((), description="JSON list: a token must be for one of these (`aud`).")
    jwt_jwks: str = Field("", max_length=2048, description="The issuer's key set: an https URL (http on loopback) or a file.")
    jwt_algorithms: tuple[str, ...] = Field(("RS256", "ES256", "EdDSA"), min_length=1, description="JSON list: those taken.")
    jwt_leeway_seconds: int = Field(30, ge=0, le=300, description="How far the issuer's clock may be off.")
    jwt_max_bytes: int = Field(MAX_TOKEN, ge=256, le=MAX_TOKEN, description="Longest token.")
    jwt_max_lifetime_seconds: int = Field(86_400, ge=0, description="Longest time from `iat` to `exp`; 0 = any.")
    jwt_stale_seconds: int = Field(3_600, ge=600, le=86_400, description="How long keys hold while the key set cannot be read.")
    jwt_claims: dict[str, str] = Field(
        {}, description=f"JSON: which claim (a dotted path) says {', '.join(NAMES)}; what is not named keeps its default."
    )
    jwt_default_roles: tuple[str, ...] = Field((), description="JSON list: roles of tokens without the claim of roles.")
    host_token_files: tuple[Path, ...] = Field(
        (),
        description="JSON list: files with the host application's service tokens, which are believed for every tenant and open "
        "/v1/execute, /warmup and the look-ups of installs; without one these are closed.",
    )
    host_certificate_names: tuple[str, ...] = Field(
        (), description="JSON list: `dns:…`, `uri:…` or `cn:…` of client certificates of the host application."
    )
    client_ca_file: Path | None = Field(None, description="PEM roots of client certificates; needs tls_cert_file.")
    host_default_roles: tuple[str, ...] = Field(
        ("tenant_caller",), description="JSON list: roles of the host application where it names none in x-user-roles."
    )

    @field_validator("role_permissions")
    @classmethod
    def _role_names(cls, value: dict[str, frozenset[Permission]]) -> dict[str, frozenset[Permission]]:
        _check_roles(value)
        return value

    @field_validator("jwt_default_roles", "host_default_roles")
    @classmethod
    def _roles(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        _check_roles(value)
        return value

    @field_validator("jwt_algorithms")
    @classmethod
    def _algorithms(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not set(value) <= set(ALGORITHMS):
            raise ValueError(f"must be of {', '.join(ALGORITHMS)}")
        return value

    @field_validator("jwt_claims")
    @classmethod
    def _claims(cls, value: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(value) - set(NAMES)):
            raise ValueError(f"{unknown[0][:64]!r} is none of {', '.join(NAMES)}")
        return value

    @field_validator("host_certificate_names")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_CERTIFICATE_NAME.fullmatch(name) for name in value):
            raise ValueError("must begin with dns:, uri: or cn:")
        return tuple(f"{kind.lower()}:{rest}" for kind, _, rest in (name.partition(":") for name in value))

    @field_validator("jwt_jwks")
    @classmethod
    def _source(cls, value: str) -> str:
        if "://" not in value:
            return value
        parts = urlsplit(value)
        if parts.username is not None or parts.fragment or not parts.hostname:
            raise ValueError("must be a URL without a user and a fragment")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(f"{parts.netloc.partition(':')[0]}:1")):
            raise ValueError("must be an https URL; http is for loopback alone")
        return value

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if bool(self.jwt_issuer) != bool(self.jwt_jwks) or bool(self.jwt_issuer) != bool(self.jwt_audience):
            raise ValueError("jwt_issuer, jwt_audience and jwt_jwks belong together")
        if bool(self.host_certificate_names) != (self.client_ca_file is not None):
            raise ValueError("client_ca_file and host_certificate_names belong together")
        if self.client_ca_file is not None and self.tls_cert_file is None:
            raise ValueError("client_ca_file needs tls_cert_file: certificates are shown to who ends TLS")
        return self


def _check_roles(names: object) -> None:
    assert isinstance(names, dict | tuple)
    if not all(is_role(name) for name in names):
        raise ValueError("must have roles of 1 to 64 visible ASCII characters without a comma")
