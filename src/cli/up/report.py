"""What `up` tells once everything runs: commands to paste, the UI, and the file by which other commands find the platform."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.up import host_app
from cli.up.layout import TENANT


@dataclass(frozen=True, slots=True)
class Report:
    """A running platform. `addresses` are those of each service, `samples` the records of the seeded versions."""

    keys: Path
    addresses: Mapping[str, Sequence[str]]
    samples: Sequence[Mapping[str, Any]]
    pid: int
    host_port: int | None = None

    @property
    def product(self) -> str:
        """The host application's URL; empty without one."""
        return "" if self.host_port is None else host_app.url(self.host_port)

    @property
    def gateway(self) -> str:
        """The gateway's URL."""
        return f"http://{self._tcp('gateway')}"

    def running(self) -> dict[str, Any]:
        """What the file running.json holds."""
        return {
            "pid": self.pid,
            "gateway": self.gateway,
            "registry": self._local("registry"),
            "runner": self._local("runner"),
            "registry_tcp": self._tcp("registry"),
            "runner_tcp": self._tcp("runner"),
        }

    def call_path(self, sample: Mapping[str, Any]) -> str | None:
        """The path of the first endpoint of a sample that a plain GET can call."""
        for endpoint in sample["endpoints"]:
            if endpoint["method"] == "GET" and ":" not in endpoint["path"]:
                return f"/api/ext/{sample['name']}/{endpoint['path'].lstrip('/')}"
        return None

    def ui_url(self, sample: Mapping[str, Any]) -> str | None:
        """Where the UI of a sample is."""
        if not sample["ui_entry"]:
            return None
        page = str(sample["ui_entry"]).removeprefix("ui/")
        return f"{self.gateway}/ext-ui/{sample['extension_id']}/{sample['content_hash']}/{page}?tenant={TENANT}"

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        samples = [
            {
                "name": sample["name"],
                "version": sample["version"],
                "extension_id": sample["extension_id"],
                "content_hash": sample["content_hash"],
                "url": f"{self.gateway}{path}" if (path := self.call_path(sample)) else None,
                "ui": self.ui_url(sample),
            }
            for sample in self.samples
        ]
        return {**self.running(), "keys": str(self.keys), "tenant": TENANT, "host_app": self.product or None, "samples": samples}

    def text(self) -> str:
        """For people."""
        lines = []
        if self.product:
            password = shlex.quote(str(self.keys / host_app.PASSWORD_FILE))
            lines += ["a product whose page opens the samples:", f"  {self.product}/", f"  the password is in {password}"]
        for sample in self.samples:
            lines += [f"{sample['name']} {sample['version']} answers for tenant {TENANT}:"]
            if path := self.call_path(sample):
                lines += [f'  curl -H "x-api-key: {self._key("demo-caller.key")}" {self.gateway}{path}']
            if ui := self.ui_url(sample):
                lines += ["its UI:", f"  {ui}"]
        bearer = f'-H "authorization: Bearer {self._key("operator.key")}"'
        query = f'-d \'{{"tenant_id": "{TENANT}"}}\''
        lines += [
            "the registry over gRPC (the runner is on " + self._tcp("runner") + "):",
            f"  grpcurl -plaintext {bearer} {query} {self._tcp('registry')} alga.registry.v1.InstallService/ListInstalls",
            "Ctrl-C stops everything; data and keys stay in " + str(self.keys.parent),
        ]
        return "\n".join(lines)

    def _key(self, name: str) -> str:
        return f"$(cat {shlex.quote(str(self.keys / name))})"

    def _tcp(self, service: str) -> str:
        found = next(address for address in self.addresses[service] if not address.startswith("unix:"))
        return found.removeprefix("http://").rstrip("/")

    def _local(self, service: str) -> str:
        return next((address for address in self.addresses[service] if address.startswith("unix:")), self._tcp(service))
