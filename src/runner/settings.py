"""Settings of a runner: environment variables with the prefix `EXT_RUNNER_`, and the kept names of the reference system."""

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import ClassVar, Final, Self

from pydantic import AliasChoices, Field, model_validator
from pydantic_settings import SettingsConfigDict

from kernel.reload import MAX_RELOAD_SECONDS, RELOAD_SECONDS
from runner.egress_settings import EgressSettings
from runner.engine.call import MAX_HOST_CALL_BYTES, MAX_HOST_CALLS
from runner.engine.lines import DEFAULT_BYTES, DEFAULT_LINES, MAX_LINE
from runner.executor.meter import DEFAULT_HOST_BYTES, DEFAULT_HOST_CALLS
from runner.host_app_settings import HostAppSettings
from runner.policy import MIB, Ceiling
from runner.reference_settings import WITHOUT_EFFECT
from runner.values import Budget

_GIB: Final = 1 << 30


class RunnerSettings(EgressSettings, HostAppSettings):
    """What a runner needs to know; read once, in `__main__`."""

    model_config = SettingsConfigDict(env_prefix="EXT_RUNNER_")
    without_effect: ClassVar[Mapping[str, str]] = WITHOUT_EFFECT

    listen: tuple[str, ...] = Field(
        ("127.0.0.1:7482",), description="Addresses to serve: `unix:/path` or `host:port`; port 0 = any."
    )
    cache_dir: Path = Field(description="Directory of this runner alone, mode 0700: bundles, unpacked files, compiled components.")
    registry_address: str = Field("127.0.0.1:7481", description="The registry: `unix:/path` or `host:port`.")
    registry_token_file: Path = Field(description="The token that this runner shows to the registry.")
    gateway_token_file: Path = Field(description="The token by which this runner knows gateways.")
    attestation_keys_file: Path = Field(
        description="PEM public keys that sign the registry's attestations; read again when it changes. To change the key: add the "
        "new one here, let the registry sign with it and attest again, take the old one away."
    )
    grant_keys_file: Path = Field(
        description="PEM public keys that sign the registry's grants; read again when it changes. To change the key: add the new "
        "one here, let the registry sign with it, take the old one away half a minute later, when its grants have expired."
    )
    trust_bundle: str = Field(
        validation_alias=AliasChoices("EXT_RUNNER_TRUST_BUNDLE", "SIGNING_TRUST_BUNDLE"),
        description="Publishers' public keys and the root certificates above such: the path of a PEM file, which is read again "
        "when it changes, or the PEM itself.",
    )
    secret_keys_file: Path | None = Field(
        None,
        description="PEM X25519 private keys to which secrets of installs are sealed, at most 8; mode 0600; read again when it "
        "changes. Without it every secret is unreadable. How to change the key: docs/secrets.md.",
    )
    trust_reload_seconds: float = Field(
        RELOAD_SECONDS, gt=0, le=MAX_RELOAD_SECONDS, description="How often the files of trusted keys are looked at."
    )
    executors: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256, description="Executor processes.")
    lanes: int = Field(4, ge=1, le=64, description="Calls that one executor holds at the same time.")
    queue: int = Field(256, ge=0, le=10_000, description="Calls that wait for a lane at most.")
    max_queued_per_tenant: int = Field(0, ge=0, description="Those of one tenant; 0 = half of the queue.")
    max_queued_per_install: int = Field(0, ge=0, description="Those of one install; 0 = its tenant's.")
    max_running_per_tenant: int = Field(
        0, ge=0, description="Calls of one tenant that run at once; 0 = three quarters of all lanes."
    )
    max_running_per_install: int = Field(0, ge=0, description="Calls of one install that run at once; 0 = its tenant's.")
    queue_ms: int = Field(2_000, ge=1, le=60_000, description="How long a call waits for a lane at most.")
    kill_after_ms: int = Field(
        50, ge=10, le=10_000, description="How long after its deadline a guest that does not return is killed with its executor."
    )
    cache_max_bytes: int = Field(4 * _GIB, ge=512 * MIB, description="Bytes of bundles and their unpacked files on the disk.")
    artifacts_max_bytes: int = Field(8 * _GIB, ge=512 * MIB, description="Bytes of compiled components on the disk.")
    static_max_file_bytes: int = Field(
        16 * MIB,
        ge=1,
        validation_alias=AliasChoices("EXT_RUNNER_STATIC_MAX_FILE_BYTES", "EXT_STATIC_MAX_FILE_BYTES"),
        description="Bytes of one UI file.",
    )
    # Of one call, docs/limits.md: what it gets when its grant says nothing, and what no call gets more of.
    default_timeout_ms: int = Field(10_000, ge=1, description="Wall-clock limit of a call whose grant names none.")
    max_timeout_ms: int = Field(30_000, ge=1, le=50_000, description="Wall-clock limit that no call exceeds.")
    default_memory_bytes: int = Field(128 * MIB, ge=MIB, description="Bytes of each linear memory when the grant names none.")
    max_memory_bytes: int = Field(512 * MIB, ge=MIB, le=4 * _GIB, description="Bytes of each linear memory at most.")
    default_request_bytes: int = Field(0, ge=0, description="Bytes of a request's body when the grant names none; 0 = the maximum.")
    max_request_bytes: int = Field(10 * MIB, ge=1, le=10 * MIB, description="Bytes of a request's body at most.")
    default_response_bytes: int = Field(
        0, ge=0, description="Bytes of an answer's body when the grant names none; 0 = the maximum."
    )
    max_response_bytes: int = Field(
        10 * MIB, ge=1, le=10 * MIB, description="Bytes of an answer's body at most; 2 MiB for components that cannot be wrapped."
    )
    default_host_calls: int = Field(
        DEFAULT_HOST_CALLS, ge=1, description="Host calls that are served when the grant names no number."
    )
    max_host_calls: int = Field(MAX_HOST_CALLS, ge=1, le=MAX_HOST_CALLS, description="Host calls that are served at most.")
    default_host_bytes: int = Field(
        DEFAULT_HOST_BYTES, ge=1, description="Bytes of host calls and answers when the grant names none."
    )
    max_host_bytes: int = Field(
        MAX_HOST_CALL_BYTES, ge=1, le=MAX_HOST_CALL_BYTES, description="Bytes of host calls and answers at most."
    )
    default_log_lines: int = Field(DEFAULT_LINES, ge=1, description="Lines that a call logs and prints when the grant names none.")
    max_log_lines: int = Field(1_000, ge=1, le=10_000, description="Lines that a call logs and prints at most.")
    default_log_bytes: int = Field(DEFAULT_BYTES, ge=1, description="Bytes of those lines when the grant names none.")
    max_log_bytes: int = Field(MIB, ge=1, le=16 * MIB, description="Bytes of those lines at most.")
    # Of what is told while calls run, docs/logs.md.
    max_event_bytes: int = Field(
        MAX_LINE,
        ge=64,
        le=MAX_LINE,
        validation_alias=AliasChoices("EXT_RUNNER_MAX_EVENT_BYTES", "RUNNER_DEBUG_MAX_EVENT_BYTES"),
        description="Bytes of one line that are told and kept; the rest of it is cut off.",
    )
    tail_events: int = Field(1_000, ge=0, le=2_000, description="Events of each tenant that are told to who begins to follow.")
    max_tails: int = Field(32, ge=0, le=256, description="Readers that follow events at once.")
    max_tails_per_tenant: int = Field(8, ge=0, description="Those that follow the same tenant.")
    unsafe_weak_sandbox: bool = Field(
        False,
        description="Start even on a machine without Landlock, where code that breaks out of WebAssembly can use all files of this "
        "runner's user, its keys among them. For machines that run nobody else's extensions; logged as a warning.",
    )
    drain_seconds: float = Field(10.0, ge=0, le=300, description="Time that running calls get when the runner stops.")
    drain_notice_ms: int = Field(
        200,
        ge=0,
        le=10_000,
        description="How long a runner that stops refuses calls with DRAINING at least, also when nothing runs: gateways hear it "
        "meanwhile, and nobody has to wonder whether a call ran. Never longer than drain_seconds.",
    )

    @model_validator(mode="after")
    def _defaults_fit(self) -> Self:
        for field in fields(Budget):
            if getattr(self, f"default_{field.name}") > getattr(self, f"max_{field.name}"):
                raise ValueError(f"default_{field.name} must not be greater than its maximum, max_{field.name}")
        return self

    @property
    def ceiling(self) -> Ceiling:
        """The limits of calls."""
        most = {field.name: getattr(self, f"max_{field.name}") for field in fields(Budget)}
        return Ceiling(
            default=Budget(**{name: getattr(self, f"default_{name}") or limit for name, limit in most.items()}),
            maximum=Budget(**most),
        )
