"""A whole platform for tests: `alga-ext up` as its users run it, with ways to publish guests, call, and speak gRPC."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any

import grpc

from gen.alga.registry.v1 import (
    extension_pb2,
    identity_service_pb2,
    identity_service_pb2_grpc,
    install_service_pb2,
    install_service_pb2_grpc,
    registry_service_pb2,
    registry_service_pb2_grpc,
)
from kernel import dsse
from kernel.archive import pack, read_archive
from kernel.digest import Digest
from kernel.signing import SigningKey
from tests import guests
from tests.guests.bundles import bundle_files

ROOT = Path(__file__).resolve().parents[1]
CHUNK = 256 << 10
HOST_ORIGINS = "http://127.0.0.1:*"  # of the pages that tests embed UIs in


@dataclass(frozen=True)
class HttpAnswer:
    """What the gateway answered."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Platform:
    """A running platform; `told` is what `up --json` printed."""

    told: Mapping[str, Any]
    process: "subprocess.Popen[str]"
    _versions: dict[str, extension_pb2.Version] = field(default_factory=dict)
    _keys: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def gateway(self) -> str:
        return str(self.told["gateway"])

    @property
    def data_dir(self) -> Path:
        return Path(self.told["keys"]).parent

    def last_words(self) -> list[tuple[str, str]]:
        """The last lines of each process's log, with a title."""
        logs = sorted((self.data_dir / "logs").glob("*.log"))
        return [(f"last lines of {log.name}", "\n".join(log.read_text(errors="replace").splitlines()[-40:])) for log in logs]

    def key(self, name: str) -> str:
        """The content of a key file, e.g. `operator.key`."""
        return (Path(self.told["keys"]) / name).read_text().strip()

    def sample(self, name: str) -> Mapping[str, Any]:
        return next(sample for sample in self.told["samples"] if sample["name"] == name)

    def call(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        *,
        key: str | None = "demo-caller.key",
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """One HTTP request to the gateway. `key` is a key file's name, a secret beginning with `alga_`, or None."""
        request = urllib.request.Request(self.gateway + path, data=body, method=method)
        if key is not None:
            request.add_header("x-api-key", key if key.startswith("alga_") else self.key(key))
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return HttpAnswer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return HttpAnswer(error.code, error.headers, error.read())

    @contextmanager
    def channel(self, service: str) -> Iterator[grpc.Channel]:
        with grpc.insecure_channel(self.told[service], options=[("grpc.max_receive_message_length", 12 << 20)]) as channel:
            yield channel

    def metadata(self, key: str = "operator.key") -> list[tuple[str, str]]:
        return [("authorization", f"Bearer {key if key.startswith('alga_') else self.key(key)}")]

    def publish(
        self, files: Mapping[str, bytes], *, envelope: bytes | None = None, key: str = "operator.key"
    ) -> extension_pb2.Version:
        """Pack, sign with the development publisher's key and publish. Raises grpc.RpcError."""
        archive = pack(files)
        digest = Digest.of(archive)
        if envelope is None:
            manifest = json.loads(files["manifest.json"])
            said = dsse.Statement(
                manifest["name"],
                manifest["version"],
                manifest["publisher"],
                digest,
                read_archive(archive).tar_digest,
                datetime.now(UTC),
            )
            envelope = said.sign(SigningKey.parse((Path(self.told["keys"]) / "publisher-example.pem").read_bytes()))
        header = registry_service_pb2.PublishHeader(
            content_hash=str(digest), size_bytes=len(archive), envelope=envelope, visibility=extension_pb2.VISIBILITY_PUBLIC
        )
        messages = [registry_service_pb2.PublishVersionRequest(header=header)]
        messages += [
            registry_service_pb2.PublishVersionRequest(chunk=archive[at : at + CHUNK]) for at in range(0, len(archive), CHUNK)
        ]
        with self.channel("registry") as channel:
            stub = registry_service_pb2_grpc.RegistryServiceStub(channel)
            return stub.PublishVersion(iter(messages), metadata=self.metadata(key)).version

    def install(self, version: extension_pb2.Version, tenant: str = "demo") -> Any:
        request = install_service_pb2.InstallRequest(
            tenant_id=tenant,
            extension=version.name,
            version=version.version,
            capabilities=install_service_pb2.CapabilityGrant(all_requested=True),
        )
        with self.channel("registry") as channel:
            stub = install_service_pb2_grpc.InstallServiceStub(channel)
            return stub.Install(request, metadata=self.metadata()).install

    def uninstall(self, extension: str, tenant: str = "demo") -> None:
        request = install_service_pb2.UninstallRequest(tenant_id=tenant, install=extension)
        with self.channel("registry") as channel:
            install_service_pb2_grpc.InstallServiceStub(channel).Uninstall(request, metadata=self.metadata())

    def guest(self, name: str, tenant: str = "demo", **options: Any) -> str:
        """Publish and install a test guest; answers the path below which it is called."""
        version = self._versions.get(name) or self.publish(bundle_files(name, guests.component(name), **options))
        self._versions[name] = version
        self.install(version, tenant)
        return f"/api/ext/{version.name}"

    def caller(self, tenant: str) -> str:
        """The secret of an API key of a tenant's caller."""
        return self._key(tenant, identity_service_pb2.ROLE_TENANT_CALLER)

    def admin(self, tenant: str) -> str:
        """The same of a tenant's admin."""
        return self._key(tenant, identity_service_pb2.ROLE_TENANT_ADMIN)

    def _key(self, tenant: str, role: identity_service_pb2.Role) -> str:
        if (tenant, role) not in self._keys:
            request = identity_service_pb2.CreateApiKeyRequest(role=role, tenant_id=tenant, label="test")
            with self.channel("registry") as channel:
                stub = identity_service_pb2_grpc.IdentityServiceStub(channel)
                self._keys[tenant, role] = stub.CreateApiKey(request, metadata=self.metadata()).secret
        return self._keys[tenant, role]

    @contextmanager
    def stopped(self, service: str) -> Iterator[None]:
        """While the block runs a process, e.g. `registry`, does nothing at all."""
        pid = self._pid(service)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def _pid(self, service: str) -> int:
        for line in (Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()).split():
            if f"\0-m\0{service}\0" in Path(f"/proc/{line}/cmdline").read_text() + "\0":
                return int(line)
        raise LookupError(service)

    def resolve(self, extension: str, tenant: str = "demo") -> install_service_pb2.ResolveInstallResponse:
        with self.channel("registry") as channel:
            stub = install_service_pb2_grpc.InstallServiceStub(channel)
            request = install_service_pb2.ResolveInstallRequest(tenant_id=tenant, extension=extension)
            return stub.ResolveInstall(request, metadata=self.metadata())


def sample_arguments() -> list[str]:
    """The samples that can be built here: JavaScript needs npm."""
    names = ["hello-python", *(["hello-js", "hello-quickjs"] if shutil.which("npm") else [])]
    return ["--empty", *(argument for name in names for argument in ("--sample", str(ROOT / "samples" / name)))]


@contextmanager
def running(*arguments: str, data_dir: Path | None = None, settings: Mapping[str, str] | None = None) -> Iterator[Platform]:
    """`alga-ext up --json` on free ports, stopped with SIGTERM at the end; its data goes with it unless `data_dir` is given.

    `settings` are variables of its environment.
    """
    folder = data_dir or Path(tempfile.mkdtemp(prefix="alga"))
    ports: Sequence[str] = ("--port", "0", "--registry-port", "0", "--runner-port", "0", "--host-port", "0")
    command = [sys.executable, "-m", "cli", "up", "--json", "--data-dir", str(folder / "data"), *ports, *arguments]
    # As an embedding host's operator would say who may frame the UIs.
    environment = {**os.environ, "EXT_GATEWAY_UI_FRAME_ANCESTORS": HOST_ORIGINS, **(settings or {})}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.rstrip() == "}":
                break
        assert lines, f"up ended with exit code {process.wait()}"
        yield Platform(json.loads("".join(lines)), process)
    finally:
        process.terminate()
        code = process.wait(60)
        if process.stdout is not None:
            process.stdout.close()
        if data_dir is None:
            shutil.rmtree(folder, ignore_errors=True)
    assert code == 0, f"up ended with exit code {code}"
