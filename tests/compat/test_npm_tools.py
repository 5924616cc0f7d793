"""The reference's own npm packages, unmodified: they build, publish and install a component, and the gateway answers for it.

Their command line ends with 0 also when an install failed, so what counts is the install and what the endpoint says.
"""

import json
import os
import secrets
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from gen.alga.registry.v1 import install_service_pb2, install_service_pb2_grpc, registry_service_pb2, registry_service_pb2_grpc
from kernel import dsse
from tests.platform import Platform

PROJECT = Path(__file__).with_name("npm")
NAME = "com.example.compat"
# npm, and zstd at its slowest level, on a machine that other tests use as well
pytestmark = [pytest.mark.needs("npm"), pytest.mark.needs("zstd"), pytest.mark.timeout(900)]


class Tools:
    """A copy of the project with its packages, and the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        shutil.copytree(PROJECT, self.folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
        self._run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")

    def compile(self, nonce: str) -> None:
        """Write a number into the handler and build it."""
        handler = self.folder / "src" / "handler.ts"
        handler.write_text((PROJECT / "src" / "handler.ts").read_text().replace("__NONCE__", nonce))
        self._run(str(self.folder / "node_modules/.bin/alga"), "build", "--skip-install")

    def alga(self, platform: Platform, *arguments: str, key: str = "demo-developer.key") -> "subprocess.CompletedProcess[str]":
        """The command line with the environment that its users give it."""
        own = {"ALGA_API_KEY": platform.key(key), "ALGA_TENANT_ID": "demo", "ALGA_API_BASE_URL": platform.gateway}
        return self._run(str(self.folder / "node_modules/.bin/alga"), *arguments, check=False, **own)

    def _run(self, *command: str, check: bool = True, **own: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(command, cwd=self.folder, env={**os.environ, **own}, capture_output=True, text=True, timeout=400)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return Tools(tmp_path_factory.mktemp("npm"))


def installed(platform: Platform) -> install_service_pb2.GetInstallResponse:
    with platform.channel("registry") as channel:
        stub = install_service_pb2_grpc.InstallServiceStub(channel)
        request = install_service_pb2.GetInstallRequest(tenant_id="demo", install=NAME)
        return stub.GetInstall(request, metadata=platform.metadata())


def warm(platform: Platform, content_hash: str) -> None:
    """Compiling takes longer than a call on a busy machine; there a runner may also not have heard the registry for a while."""
    token, body = {"x-runner-service-token": platform.key("service.token")}, json.dumps({"content_hash": content_hash}).encode()
    for _ in range(30):
        try:
            answer = platform.call("/warmup", "POST", body, key=None, headers=token)
        except TimeoutError:  # the runner goes on meanwhile
            continue
        if answer.status != 503:
            break
        time.sleep(float(answer.headers["retry-after"]))
    assert answer.status == 200, answer.body
    assert answer.json()["content_hash"] == content_hash


def test_build_publish_install_call(platform: Platform, tools: Tools) -> None:
    nonce = secrets.token_hex(16)
    tools.compile(nonce)
    # Publishing packs, stages, finalizes and installs the literal version of the manifest, which is `0.1.*`.
    done = tools.alga(platform, "extension", "publish", ".", "--force")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Extension installed" in done.stdout, done.stdout + done.stderr

    install = installed(platform).install
    assert (install.extension_name, install.version, install.enabled) == (NAME, "0.1.0", True)
    assert install.id in done.stdout

    warm(platform, install.content_hash)
    answer = platform.call(f"/api/ext/{NAME}/nonce?a=1&a=2", headers={"accept": "application/json"})
    assert answer.status == 200
    assert answer.json() == {"nonce": nonce, "tenant": "demo", "url": "/nonce?a=1&a=2", "accept": ["application/json"]}
    stored = platform.call(f"/api/ext/{NAME}/notes/first", "POST", b"text")
    assert (stored.status, stored.json()) == (201, {"revision": 1})

    # What runs is signed like everything else, by the registry, which says so.
    with platform.channel("registry") as channel:
        stub = registry_service_pb2_grpc.RegistryServiceStub(channel)
        asked = registry_service_pb2.ReadBundleRequest(content_hash=install.content_hash)
        header = next(iter(stub.ReadBundle(asked, metadata=platform.metadata()))).header
    payload = json.loads(dsse._unb64(json.loads(header.envelope)["payload"]))
    assert payload["predicate"]["attested-by"] == "registry"
    assert payload["predicate"]["version"] == "0.1.0"


def test_the_next_publish_is_the_next_patch_and_moves_the_install(platform: Platform, tools: Tools) -> None:
    before = installed(platform).install
    nonce = secrets.token_hex(16)
    tools.compile(nonce)
    done = tools.alga(platform, "extension", "publish", ".", "--force", "--no-install")
    assert done.returncode == 0, done.stdout + done.stderr
    assert installed(platform).install.version == before.version

    done = tools.alga(platform, "extension", "install", before.extension_id, "--version", "0.1.*")
    assert done.returncode == 0, done.stdout + done.stderr
    after = installed(platform).install
    assert (after.id, after.version) == (before.id, "0.1.1")
    warm(platform, after.content_hash)
    assert platform.call(f"/api/ext/{NAME}/nonce").json()["nonce"] == nonce


def test_refusals_are_told(platform: Platform, tools: Tools) -> None:
    install = installed(platform).install
    done = tools.alga(platform, "extension", "install", install.extension_id, "--version", "7.0.0")
    assert done.returncode == 1
    assert "There is no such thing" in done.stdout + done.stderr
    # A key that may publish under no name.
    done = tools.alga(platform, "extension", "publish", ".", "--force", key="demo-admin.key")
    assert done.returncode == 1
    assert "Upload failed (403)" in done.stdout + done.stderr
    assert "RBAC_FORBIDDEN" in done.stdout + done.stderr


def test_uninstall(platform: Platform, tools: Tools) -> None:
    extension = installed(platform).install.extension_id
    done = tools.alga(platform, "extension", "uninstall", extension)
    assert done.returncode == 0, done.stdout + done.stderr
    assert platform.call(f"/api/ext/{NAME}/nonce").status == 404
