"""Settings of the pages, from the environment: where the gateway is, and the secrets of this application and of its users."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from host_app.settings import BadSetting, secret_file


@dataclass(frozen=True)
class WebSettings:
    """`service_token` is how the gateway knows this application, `password` opens the demo. Neither is ever printed."""

    gateway: str
    service_token: str = field(repr=False)
    password: str = field(repr=False)


def read_web(environment: Mapping[str, str]) -> WebSettings | None:
    """None when nothing names a gateway: then there are no pages. Raises BadSetting."""
    gateway = environment.get("HOST_APP_GATEWAY", "")
    if not gateway:
        return None
    url = urlsplit(gateway)
    if url.scheme not in {"http", "https"} or not url.netloc or (url.path, url.query, url.fragment) != ("", "", ""):
        raise BadSetting("HOST_APP_GATEWAY must be an origin, e.g. https://extensions.example")
    return WebSettings(
        gateway,
        secret_file(environment, "HOST_APP_SERVICE_TOKEN_FILE"),
        secret_file(environment, "HOST_APP_PASSWORD_FILE"),
    )
