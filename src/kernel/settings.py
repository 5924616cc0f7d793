"""What the settings models of all processes share: read once, frozen, and strict about names."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Self, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kernel.errors import Fault
from kernel.rpc import TlsFiles

EXIT_BAD_SETTINGS = 2


class ProcessSettings(BaseSettings):
    """Settings of one process, from environment variables with the process's prefix."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_ignore_empty=True)

    renamed: ClassVar[Mapping[str, str]] = {}  # settings that were, and what stands in their place
    without_effect: ClassVar[Mapping[str, str]] = {}  # whole names that another system has, and what to know instead

    log_level: str = Field("info", pattern="(?i)^(debug|info|warning|error)$", description="Least severe level that is logged.")
    listen: tuple[str, ...] = Field((), description="Addresses to serve: `unix:/path` or `host:port`; port 0 = any.")
    ready_file: Path | None = Field(None, description="Written once the process serves: JSON with its addresses.")
    tls_cert_file: Path | None = Field(None, description="PEM chain of this server; needed for TCP beyond loopback.")
    tls_key_file: Path | None = Field(None, description="PEM key of this server.")
    tls_ca_file: Path | None = Field(None, description="PEM roots by which this process knows the servers that it calls.")

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_cert_file and tls_key_file belong together")
        return self

    @property
    def tls(self) -> TlsFiles | None:
        """The files of this server's TLS, if it has any."""
        return TlsFiles(self.tls_cert_file, self.tls_key_file) if self.tls_cert_file and self.tls_key_file else None


Settings = TypeVar("Settings", bound=ProcessSettings)


def read_settings(model: type[Settings], environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process; bad or unknown ones end it with exit code 2 before a port is opened."""
    prefix = model.model_config.get("env_prefix", "")
    names = os.environ if environment is None else environment  # noqa: TID251 - the one place that reads the environment
    for old, new in model.renamed.items():
        if f"{prefix}{old}".upper() in map(str.upper, names):
            _refuse(f"{prefix}{old.upper()} became {prefix}{new.upper()}: {model.model_fields[new].description}")
    known = {f"{prefix}{name}".upper() for name in model.model_fields}
    if unknown := sorted(name for name in names if name.upper().startswith(prefix) and name.upper() not in known):
        _refuse(f"unknown setting{'s' if len(unknown) > 1 else ''} {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    try:
        return model()
    except ValidationError as error:
        _refuse("; ".join(f"{prefix}{_place(item)}: {item['msg']}" for item in error.errors(include_input=False)))


def in_vain(model: type[ProcessSettings]) -> dict[str, str]:
    """What is set and has no effect, and what to know instead."""
    return {name: why for name, why in model.without_effect.items() if os.environ.get(name)}  # noqa: TID251 - see above


def fail_settings(error: Fault) -> NoReturn:
    """End the process for a setting whose content is no good, e.g. a key file."""
    _refuse("; ".join(f"{item.field}: {item.rule}" for item in error.violations) or error.public)


def _place(item: Any) -> str:
    return ".".join(str(part) for part in item["loc"]).upper()


def _refuse(text: str) -> NoReturn:
    print(f"settings: {text}", file=sys.stderr)
    raise SystemExit(EXIT_BAD_SETTINGS)
