"""Settings of the host application that a runner calls: docs/host-app.md. Without any of them it calls none."""

from pathlib import Path
from typing import Self

from pydantic import AliasChoices, Field, model_validator

from kernel import files
from kernel.settings import ProcessSettings
from runner.backends.host_app.base import Place, check_base, without_api


class HostAppSettings(ProcessSettings):
    """A part of a runner's settings."""

    host_app_base_url: str = Field(
        "",
        validation_alias=AliasChoices("EXT_RUNNER_HOST_APP_BASE_URL", "STORAGE_API_BASE_URL"),
        description="Where the host application answers for `clients`, `services` and `invoicing`; `/api` at its end is dropped. "
        "Empty = nobody may use them.",
    )
    host_app_token_file: Path | None = Field(None, description="The token by which the host application knows runners.")
    ui_proxy_base_url: str = Field(
        "",
        validation_alias=AliasChoices("EXT_RUNNER_UI_PROXY_BASE_URL", "UI_PROXY_BASE_URL"),
        description="Where the routes of `ui-proxy` are; empty = there are none.",
    )
    ui_proxy_timeout_ms: int = Field(
        5_000,
        ge=1,
        le=50_000,
        validation_alias=AliasChoices("EXT_RUNNER_UI_PROXY_TIMEOUT_MS", "UI_PROXY_TIMEOUT_MS"),
        description="How long one call of the host application may take, of whichever interface.",
    )
    insecure_plain_http_to_host_app: bool = Field(
        False, description="Call a host application of another machine without TLS: its token and its data can be read on the way."
    )

    @model_validator(mode="after")
    def _host_app_is_safe(self) -> Self:
        for name in ("host_app_base_url", "ui_proxy_base_url"):
            if url := getattr(self, name):
                try:
                    check_base(url, plain_http=self.insecure_plain_http_to_host_app)
                except ValueError as error:
                    raise ValueError(f"{name} {error}") from error
        if self.host_app_base_url and self.host_app_token_file is None:
            raise ValueError("host_app_base_url needs host_app_token_file")
        return self

    @property
    def host_app(self) -> Place:
        """Where the host application is. Raises INVALID_ARGUMENT that names host_app_token_file."""
        token = files.token(self.host_app_token_file, "host_app_token_file") if self.host_app_token_file else ""
        base, proxy = self.host_app_base_url.rstrip("/"), self.ui_proxy_base_url.rstrip("/")
        return Place(without_api(base), token, proxy, self.ui_proxy_timeout_ms / 1000, self.tls_ca_file)
