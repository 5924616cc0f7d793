"""Settings of what clients may do, and how long it may take: part of the gateway's."""

import re
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from kernel.settings import ProcessSettings

_ORIGIN: Final = re.compile(r"(?:https?|[a-z][a-z0-9+.-]*)://(?:[a-z0-9._-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
MAX_ORIGINS: Final = 100


class ClientSettings(ProcessSettings):
    """Endpoints, origins, connections, time-outs."""

    endpoints: Literal["enforced", "advisory", "off"] = Field(
        "enforced",
        description="Paths that a version does not list, if it lists any: refused; passed, and told in the log; or passed.",
    )
    cors_origins: tuple[str, ...] = Field(
        (),
        max_length=MAX_ORIGINS,
        description="Origins whose pages may call, e.g. `https://app.example.com`; `*` alone = all.",
    )
    idle_seconds: float = Field(30.0, gt=0, le=3_600, description="Time between requests, and for the header fields of one.")
    body_seconds: float = Field(30.0, gt=0, le=3_600, description="Time in which a request's body must arrive.")
    send_seconds: float = Field(60.0, gt=0, le=3_600, description="Time in which a client must take an answer.")
    max_waiting: int = Field(
        1_024, ge=1, description="Bodies at once that come, and answers that go; of more the oldest are cut off."
    )
    max_connections_per_peer: int = Field(512, ge=1, description="Connections at once of one address; more are closed.")

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} must be scheme://host[:port] in lower case, as browsers write it, or *")
            scheme, _, rest = origin.partition("://")
            if rest.endswith(_DEFAULT_PORTS.get(scheme, "/")):
                raise ValueError(f"{origin!r} must leave out the default port, as browsers do")
        return value

    @model_validator(mode="after")
    def _one_kind_of_origins(self) -> Self:
        if "*" in self.cors_origins and len(self.cors_origins) > 1:
            raise ValueError("cors_origins must be * alone, or a list without it")
        return self
