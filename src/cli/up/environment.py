"""The exact environment of each process: what `up` decides, a few names of the machine, and a person's own settings below them."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.up import host_app
from cli.up.layout import DataDir
from cli.up.options import UpOptions
from runner.sandbox import landlock

SERVICES: Final = ("registry", "runner", "gateway")
_MACHINE: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
# Names of the reference system that have no prefix of a service.
_REFERENCE: Final = {"runner": ("EXT_EGRESS_ALLOWLIST",)}
WEAK_SANDBOX: Final = "EXT_RUNNER_UNSAFE_WEAK_SANDBOX"
_HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run of a platform lives."""

    data: DataDir
    run: Path
    options: UpOptions

    def socket(self, service: str) -> str:
        """The service's unix address."""
        return f"unix:{self.run / service}.sock"

    def cache(self, service: str) -> Path:
        """The directory of a runner."""
        return self.data.root / service.replace("runner", "runner-cache", 1)

    def ready_file(self, service: str) -> Path:
        """Where the service says that it serves."""
        return self.run / f"{service}.ready"


def environment(service: str, place: Place, own: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a service.

    `own` is the person's (by default the process's): its EXT_<SERVICE>_ settings are kept, as far as `up` does not decide them.
    """
    given = os.environ if own is None else own
    kind = kind_of(service)
    prefix = f"EXT_{kind.upper()}_"
    names = (*_MACHINE, *_REFERENCE.get(kind, ()))
    kept = {name: value for name, value in given.items() if name in names or name.startswith(prefix)}
    decided = _decided(service, place) | {
        "listen": json.dumps(_listen(service, place)),
        "ready_file": str(place.ready_file(service)),
    }
    named = {f"{prefix}{name.upper()}": value for name, value in decided.items()}
    return _defaults(kind, place, kept) | kept | named


def machine(own: Mapping[str, str] | None = None) -> dict[str, str]:
    """What every process keeps of a person's environment."""
    given = os.environ if own is None else own
    return {name: given[name] for name in _MACHINE if name in given}


def kind_of(service: str) -> str:
    """The program of a process: `runner` of `runner-2`."""
    return service.partition("-")[0]


def weak_sandbox() -> bool:
    """Whether this machine lacks what a runner demands of it, so that a local one is told to accept that."""
    return landlock.version() == 0


def _defaults(service: str, place: Place, own: Mapping[str, str]) -> dict[str, str]:
    """What holds unless the person says otherwise."""
    if service == "runner":
        port = place.options.host_port
        product = {} if port is None else host_app.of_runner(place.data, port, own)
        return product | ({WEAK_SANDBOX: "true"} if weak_sandbox() else {})
    if service == "gateway":
        # A developer's host application runs on this machine, on a port of its own.
        return {
            "EXT_GATEWAY_HOST_TOKEN_FILES": json.dumps([str(place.data.keys / "service.token")]),
            "EXT_GATEWAY_UI_FRAME_ANCESTORS": "'self' http://127.0.0.1:* http://localhost:*",
        }
    return {}


def _listen(service: str, place: Place) -> list[str]:
    ports = {"gateway": place.options.port, "registry": place.options.registry_port, "runner": place.options.runner_port}
    tcp = f"{_HOST}:{ports.get(service, 0)}"
    return [tcp] if service == "gateway" else [place.socket(service), tcp]


def _decided(service: str, place: Place) -> dict[str, str]:
    keys = place.data.keys
    if service == "registry":
        return {
            "data_dir": str(place.data.registry),
            "trust_bundle": str(keys / "trust.pem"),
            "attestation_key_file": str(keys / "attestation.pem"),
            "grant_key_file": str(keys / "grant.pem"),
            "publish_key_file": str(keys / "registry-publish.pem"),
            "secret_recipients_file": str(keys / "secrets.pub"),
            "gateway_token_file": str(keys / "gateway-at-registry.token"),
            "runner_token_file": str(keys / "runner-at-registry.token"),
            "bootstrap_operator_key_file": str(keys / "operator.key"),
        }
    if kind_of(service) == "runner":
        return {
            "cache_dir": str(place.cache(service)),
            "registry_address": place.socket("registry"),
            "registry_token_file": str(keys / "runner-at-registry.token"),
            "gateway_token_file": str(keys / "gateway-at-runner.token"),
            "attestation_keys_file": str(keys / "attestation.pub"),
            "grant_keys_file": str(keys / "grant.pub"),
            "secret_keys_file": str(keys / "secrets.pem"),
            "trust_bundle": str(keys / "trust.pem"),
        }
    runners = [place.socket(name) for name in place.options.services if kind_of(name) == "runner"]
    return {
        "registry_address": place.socket("registry"),
        "runner_addresses": json.dumps(runners),
        "registry_token_file": str(keys / "gateway-at-registry.token"),
        "runner_token_file": str(keys / "gateway-at-runner.token"),
    }
