"""The document against a whole platform: schemathesis finds nothing, and every operation was answered with 2xx."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock
from urllib.parse import urlsplit

import pytest

from gateway.openapi import calls, compat, installs, schedules
from gateway.openapi.parts import EXTENSION
from gateway.routes import Routes
from gateway.table import table
from kernel.archive import pack
from tests import guests
from tests.guests.bundles import bundle_files
from tests.platform import Platform, running

HERE = Path(__file__).parent
ROWS = table(MagicMock())
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
INSTALL = f"/api/v1/installs/{EXTENSION}"


@pytest.fixture(scope="module")
def seeded() -> Iterator[tuple[Platform, dict[str, str]]]:
    """A platform where the document's examples are true, and what stands in it for what cannot be known before."""
    with running(settings={"EXT_GATEWAY_UI_DOMAIN_ROOT": compat.HOST.partition(".")[2]}) as platform:
        endpoints = [{"method": method, "path": "/run", "handler": "run"} for method in METHODS]
        destinations = ["https://api.example.com"]
        files = bundle_files(
            EXTENSION, guests.component("hello"), endpoints=endpoints, capabilities=["cap:http.fetch"], egress=destinations
        )
        version = platform.publish(files)
        install = platform.install(version)
        platform.install(platform.publish(bundle_files(compat.OTHER, guests.component("hello"))))
        archive = pack(bundle_files("com.acme.staged", guests.component("hello")))
        said = {"x-request-id": "seed"}
        assert platform.call(f"/api/ext/{EXTENSION}/run", headers=said).status == 200
        key = "demo-developer.key"
        schedule = platform.call(f"{INSTALL}/schedules", "POST", b'{"endpoint": "POST /run", "cron": "0 9 * * *"}', key=key).json()
        recipients = platform.call("/api/v1/secret-recipients", key=key).json()["recipients"]
        uploaded = platform.call(f"/api/ext-bundles/upload-proxy?size={len(archive)}", "POST", archive, key=key).json()
        yield (
            platform,
            {
                calls.HASH: version.content_hash,
                installs.EXECUTION: "seed",
                installs.KEY_ID: recipients[0]["key_id"],
                compat.HOST.partition(".")[0]: install.id,
                compat.UPLOAD: uploaded["upload"]["key"].split("/")[2],
                schedules.SCHEDULE: schedule["id"],
            },
        )


@pytest.mark.timeout(600)  # about one minute on an idle machine
def test_schemathesis_finds_nothing(seeded: tuple[Platform, dict[str, str]], tmp_path: Path) -> None:
    platform, known = seeded
    text = platform.call("/openapi.json", key=None).body.decode()
    for example, real in known.items():
        text = text.replace(example, real)
    place = tmp_path / "openapi.json"
    place.write_text(text)
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml", "run", place),
            *("--url", platform.gateway, "--no-color"),
            *("--report", "har", "--report-har-path", tmp_path / "calls.har"),
        ],
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.openapi.hooks",
            "ALGA_ADMIN_KEY": platform.key("demo-developer.key"),
            "ALGA_SERVICE_TOKEN": platform.key("service.token"),
            "PYTHONPATH": str(HERE.parents[1]),
            "ALGA_KNOWN": json.dumps({"key_id": known[installs.KEY_ID]}),
        },
        cwd=tmp_path,  # it keeps a cache where it runs
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert answered(json.loads((tmp_path / "calls.har").read_text())) == {
        (row.name, method) for row in ROWS for method in row.methods
    }


def answered(har: Any) -> set[tuple[str, str]]:
    """The operations that were answered with 2xx."""
    routes = Routes(ROWS)
    found = set()
    for entry in har["log"]["entries"]:
        method, parts = entry["request"]["method"], urlsplit(entry["request"]["url"])
        # A redirect is all that one of them has.
        if 200 <= entry["response"]["status"] < 300 or entry["response"]["status"] == 307:
            found.add((routes.find(method, parts.path)[0].name, method))
    return found
