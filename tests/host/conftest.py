"""One platform for the tests of host functions, with both guests published."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from gen.alga.registry.v1 import extension_pb2
from tests.host.everything import Everything, bundle, installed
from tests.host.product import Product
from tests.host.server import serving
from tests.platform import Platform, running

LANGUAGES = [pytest.param("js", marks=pytest.mark.needs("npm")), "python"]


# Guests may reach this machine here, which no platform allows by itself.
TENANTS = ("granted", "bare", "frugal", "examples")
SETTINGS = {"EXT_RUNNER_EGRESS_ALLOWLIST": "*", "EXT_RUNNER_EGRESS_NETWORKS": "127.0.0.0/8"}
NOBODY = "http://127.0.0.1:9"  # where nobody listens


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a server that guests may fetch from."""
    with serving() as url:
        yield url


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """The host application, which knows the tenants of these tests."""
    with Product(TENANTS).running() as product:
        yield product


@pytest.fixture(scope="session")
def host(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    token = tmp_path_factory.mktemp("product") / "runner.token"
    token.write_text(product.token)
    token.chmod(0o600)
    settings = {
        "EXT_RUNNER_HOST_APP_BASE_URL": product.url,
        "EXT_RUNNER_HOST_APP_TOKEN_FILE": str(token),
        "EXT_RUNNER_UI_PROXY_BASE_URL": product.url,
    }
    with running("--empty", settings=SETTINGS | settings) as platform:
        yield platform


@pytest.fixture(scope="session")
def published(host: Platform, server: str) -> dict[str, extension_pb2.Version]:
    """The two, by language; without npm there is no JavaScript."""
    languages = ("js", "python") if shutil.which("npm") else ("python",)
    return {language: host.publish(bundle(language, [server, NOBODY])) for language in languages}


@pytest.fixture(scope="session", params=LANGUAGES)
def version(request: Any, published: dict[str, extension_pb2.Version]) -> extension_pb2.Version:
    return published[request.param]


@pytest.fixture(scope="session")
def granted(host: Platform, version: extension_pb2.Version, product: Product) -> Everything:
    """Granted everything that it asks for."""
    secrets = {"token": "not to be told", "api_key": product.keys["granted"]}
    return installed(host, version, "granted", configuration={"greeting": "Ahoy"}, secrets=secrets)


@pytest.fixture(scope="session")
def bare(host: Platform, version: extension_pb2.Version) -> Everything:
    """Granted nothing beyond what every install has."""
    return installed(host, version, "bare", capabilities=(), secrets={"token": "not to be told"})


@pytest.fixture(scope="session")
def frugal(host: Platform, version: extension_pb2.Version, product: Product) -> Everything:
    """Granted everything, of which each call may have one host call served."""
    secrets = {"token": "not to be told", "api_key": product.keys["frugal"]}
    return installed(host, version, "frugal", limits={"host_calls": 1}, secrets=secrets)
