"""Settings, from the environment: where to listen, and by which secrets callers are known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LEAST = 32  # characters of a secret; shorter ones can be guessed


class BadSetting(Exception):
    """Names the setting and the rule."""


@dataclass(frozen=True)
class Settings:
    """`runner_token` is the platform's; `api_keys` belong to installs, each to one tenant. None is ever printed."""

    runner_token: str = field(repr=False)
    api_keys: Mapping[str, str] = field(default_factory=dict, repr=False)  # key -> tenant
    host: str = "127.0.0.1"
    port: int = 7490
    vendor_token: str = field(default="", repr=False)  # of the vendor's API; without one there is none
    descriptor: int | None = None  # of a socket that listens already, in their place
    ready_file: Path | None = None


def read(environment: Mapping[str, str]) -> Settings:
    """Raises BadSetting."""
    runner_token = secret_file(environment, "HOST_APP_RUNNER_TOKEN_FILE")
    host, _, port = environment.get("HOST_APP_LISTEN", "127.0.0.1:7490").rpartition(":")
    if not host or not port.isdecimal():
        raise BadSetting("HOST_APP_LISTEN must be host:port, or fd:number for a socket that listens already")
    keys_file = environment.get("HOST_APP_API_KEYS_FILE", "")
    keys = _keys(_text(keys_file, "HOST_APP_API_KEYS_FILE")) if keys_file else {}
    vendor = secret_file(environment, "HOST_APP_VENDOR_TOKEN_FILE") if environment.get("HOST_APP_VENDOR_TOKEN_FILE") else ""
    ready = environment.get("HOST_APP_READY_FILE", "")
    descriptor = int(port) if host == "fd" else None
    return Settings(runner_token, keys, host.strip("[]"), int(port), vendor, descriptor, Path(ready) if ready else None)


def secret_file(environment: Mapping[str, str], setting: str) -> str:
    """The secret in the file that a setting names. Raises BadSetting."""
    path = environment.get(setting, "")
    if not path:
        raise BadSetting(f"{setting} must name a file with a secret")
    return _secret(_text(path, setting), setting)


def _keys(text: str) -> dict[str, str]:
    """Lines of a tenant and a key."""
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        tenant, _, key = line.partition(" ")
        found[_secret(key, "HOST_APP_API_KEYS_FILE")] = tenant
    return found


def _secret(text: str, setting: str) -> str:
    secret = text.strip()
    if len(secret) < LEAST or not secret.isascii() or not secret.isprintable():
        raise BadSetting(f"{setting} must hold secrets of at least {LEAST} visible ASCII characters")
    return secret


def _text(path: str, setting: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{setting} cannot be read") from error
