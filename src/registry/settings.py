"""The registry's settings: environment variables that begin with `EXT_REGISTRY_`."""

from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from kernel.reload import MAX_RELOAD_SECONDS, RELOAD_SECONDS
from kernel.settings import ProcessSettings
from registry.idempotency.quota import KEY_SECONDS, MAX_BYTES
from registry.idempotency.quota import MAX_KEYS as MAX_IDEMPOTENCY_KEYS
from registry.storage_quota import MAX_KEYS, MAX_NAMESPACES, MAX_TOTAL_BYTES


class RegistrySettings(ProcessSettings):
    """All settings of the registry. Keys and tokens are named by file, so that they appear in no process list."""

    model_config = SettingsConfigDict(env_prefix="EXT_REGISTRY_")

    listen: tuple[str, ...] = Field(("127.0.0.1:7481",), description="Where to serve: `unix:/path` or `host:port`; port 0 = any.")
    data_dir: Path = Field(description="Folder for database, bundles and uploads; one registry at a time.")
    database_url: str | None = Field(
        None, pattern=r"^sqlite\+aiosqlite:////", description="The database; default: registry.db in the data folder."
    )
    trust_bundle: str = Field(
        validation_alias=AliasChoices("EXT_REGISTRY_TRUST_BUNDLE", "SIGNING_TRUST_BUNDLE"),
        description="PEM file of the public keys whose signatures count, and of the root certificates above such, which is read "
        "again when it changes; or its text.",
    )
    attestation_key_file: Path = Field(
        description="PEM private key that signs attestations; mode 0600. To change it: 1 give runners the new public key as well, "
        "2 name the old one in attestation_trusted_file, 3 put the new key here and start again, 4 let an operator reattest, "
        "5 take the old public key from all of them."
    )
    attestation_trusted_file: Path | None = Field(
        None, description="PEM public keys of earlier attestation keys that still count; may be empty; read again when it changes."
    )
    grant_key_file: Path = Field(
        description="PEM private key that signs grants; mode 0600. To change it: 1 give runners the new public key as well, "
        "2 name the old one in grant_trusted_file, 3 put the new key here and start again, 4 after a minute take the old one from "
        "all of them."
    )
    grant_trusted_file: Path | None = Field(
        None, description="PEM public keys of earlier grant keys that still count; may be empty; read again when it changes."
    )
    secret_recipients_file: Path | None = Field(
        None,
        description="PEM X25519 public keys of runners, to which secrets are sealed, at most 8; read again when it changes. "
        "Without it no secret can be set. How to change the key: docs/secrets.md.",
    )
    publish_key_file: Path | None = Field(
        None,
        description="PEM private key with which the registry signs for publishers whose tools cannot; mode 0600. Its public "
        "key must be in the trust bundle, here and at runners. Without it such tools are refused: docs/compatibility.md.",
    )
    trust_reload_seconds: float = Field(
        RELOAD_SECONDS, gt=0, le=MAX_RELOAD_SECONDS, description="How often the files of trusted keys are looked at."
    )
    gateway_token_file: Path | None = Field(None, description="The token that gateways show.")
    runner_token_file: Path | None = Field(None, description="The token that runners show.")
    bootstrap_operator_key_file: Path | None = Field(None, description="An operator's API key that exists from the start.")
    upload_idle_seconds: float = Field(20, gt=0, le=600, description="How long an upload may be silent.")
    upload_bytes_per_second: float = Field(
        16 << 10, gt=0, description="How slow an upload may be on average, once it took as long as it may be silent."
    )
    publisher_quota_bytes: int = Field(
        2 << 30, ge=0, description="What the archives of one publisher's versions may take together."
    )
    storage_max_keys: int = Field(MAX_KEYS, ge=1, le=MAX_KEYS, description="How many keys one namespace of an install may have.")
    storage_max_namespaces: int = Field(
        MAX_NAMESPACES, ge=1, le=MAX_NAMESPACES, description="How many namespaces an install may have."
    )
    storage_max_bytes: int = Field(
        MAX_TOTAL_BYTES, ge=1, le=MAX_TOTAL_BYTES, description="How many bytes of keys and values an install may store."
    )
    schedule_catch_up_seconds: int = Field(
        3600,
        ge=60,
        le=7 * 86400,
        description="How late a schedule may still fire. Of several times that passed, only the latest does.",
    )
    schedule_lease_seconds: int = Field(
        120, ge=90, le=3600, description="How long a gateway has for one run of a schedule before nobody knows what became of it."
    )
    schedule_runs_per_tenant: int = Field(8, ge=1, le=1000, description="How many runs of schedules a tenant may have at once.")
    blob_grace_seconds: float = Field(
        3600, gt=0, le=30 * 86400, description="How long a bundle that no version refers to, e.g. after a crash, is kept."
    )
    keep_executions: int = Field(1_000, ge=0, le=100_000, description="How many of the newest calls of each install are kept.")
    keep_execution_days: int = Field(7, ge=1, le=400, description="For how many days calls are kept at most.")
    idempotency_seconds: int = Field(
        KEY_SECONDS, ge=600, le=7 * 86400, description="How long an idempotency key is known after its first call."
    )
    idempotency_max_keys: int = Field(
        MAX_IDEMPOTENCY_KEYS, ge=2, description="How many idempotency keys a tenant may have at a time; one caller half of them."
    )
    idempotency_max_bytes: int = Field(
        MAX_BYTES,
        ge=0,
        description="How many bytes of answers are kept for a tenant's idempotency keys; one caller's half of them.",
    )
    grace_seconds: float = Field(10, ge=0, le=600, description="How long running calls may go on after SIGTERM.")
