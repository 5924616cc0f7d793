"""One platform for the tests of host functions, with both guests published."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from gen.alga.registry.v1 import extension_pb2
from tests.host.everything import Everything, component, installed
from tests.platform import Platform, running

LANGUAGES = [pytest.param("js", marks=pytest.mark.needs("npm")), "python"]


@pytest.fixture(scope="session")
def host() -> Iterator[Platform]:
    with running("--empty") as platform:
        yield platform


@pytest.fixture(scope="session")
def published(host: Platform) -> dict[str, extension_pb2.Version]:
    """The two, by language; without npm there is no JavaScript."""
    languages = ("js", "python") if shutil.which("npm") else ("python",)
    return {language: host.publish(component(language)) for language in languages}


@pytest.fixture(scope="session", params=LANGUAGES)
def version(request: Any, published: dict[str, extension_pb2.Version]) -> extension_pb2.Version:
    return published[request.param]


@pytest.fixture(scope="session")
def granted(host: Platform, version: extension_pb2.Version) -> Everything:
    """Granted everything that it asks for."""
    return installed(host, version, "granted", configuration={"greeting": "Ahoy"})


@pytest.fixture(scope="session")
def bare(host: Platform, version: extension_pb2.Version) -> Everything:
    """Granted nothing beyond what every install has."""
    return installed(host, version, "bare", capabilities=())


@pytest.fixture(scope="session")
def frugal(host: Platform, version: extension_pb2.Version) -> Everything:
    """Granted everything, of which each call may have one host call served."""
    return installed(host, version, "frugal", limits={"host_calls": 1})
