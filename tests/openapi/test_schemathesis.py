"""The document against a whole platform: schemathesis finds nothing, and every operation was answered with 2xx."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
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
from tests.openapi.test_document import DOCUMENT
from tests.platform import ROOT, Platform, running

HERE = Path(__file__).parent
ROWS = table(MagicMock())
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ORIGIN = "https://app.example.com"
INSTALL = f"/api/v1/installs/{EXTENSION}"


@pytest.fixture(scope="module")
def seeded() -> Iterator[tuple[Platform, dict[str, str]]]:
    """A platform where the document's examples are true, and what stands in it for what cannot be known before."""
    settings = {
        "EXT_GATEWAY_UI_DOMAIN_ROOT": compat.HOST.partition(".")[2],
        "EXT_GATEWAY_CORS_ORIGINS": json.dumps([ORIGIN]),
    }
    with running("--empty", "--sample", str(ROOT / "samples" / "hello-python"), settings=settings) as platform:
        endpoints = [{"method": method, "path": "/run", "handler": "run"} for method in METHODS]
        destinations = ["https://api.example.com"]
        files = bundle_files(
            EXTENSION, guests.component("hello"), endpoints=endpoints, capabilities=["cap:http.fetch"], egress=destinations
        )
        version = platform.publish(files)
        install = platform.install(version)
        platform.install(platform.publish(bundle_files(compat.OTHER, guests.component("hello"))))
        said = {"x-request-id": "seed"}
        assert platform.call(f"/api/ext/{EXTENSION}/run", headers=said).status == 200
        key = "demo-developer.key"
        schedule = platform.call(f"{INSTALL}/schedules", "POST", b'{"endpoint": "POST /run", "cron": "0 9 * * *"}', key=key).json()
        recipients = platform.call("/api/v1/secret-recipients", key=key).json()["recipients"]
        yield (
            platform,
            {
                calls.HASH: version.content_hash,
                installs.EXECUTION: "seed",
                installs.KEY_ID: recipients[0]["key_id"],
                compat.HOST.partition(".")[0]: install.id,
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
    archive = tmp_path / "bundle.tar.zst"
    staged = bundle_files("com.acme.staged", guests.component("hello"))
    archive.write_bytes(pack(staged))
    told = {
        "key_id": known[installs.KEY_ID],
        "origin": ORIGIN,
        "gateway": platform.gateway,
        "document": str(place),
        "archive": str(archive),
        "manifest": staged["manifest.json"].decode(),
    }
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
            "ALGA_KNOWN": json.dumps(told),
        },
        cwd=tmp_path,  # it keeps a cache where it runs
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert answered(json.loads((tmp_path / "calls.har").read_text()), json.loads(text)) == {
        (row.name, method) for row in ROWS for method in row.methods
    }


def answered(har: Any, document: Any) -> set[tuple[str, str]]:
    """The operations that were answered as the document says that they succeed."""
    routes = Routes(ROWS)
    found = set()
    for entry in har["log"]["entries"]:
        method, parts = entry["request"]["method"], urlsplit(entry["request"]["url"])
        route, _ = routes.find(method, parts.path)
        place = document["paths"].get(route.pattern.replace("*}", "}"), {})
        if str(entry["response"]["status"]) in successes(place.get(method.lower(), {"responses": ()})["responses"]):
            found.add((route.name, method))
    return found


def successes(statuses: Iterable[str]) -> set[str]:
    """Of the statuses of an operation: 2xx, or where there is none its redirect."""
    good = {status for status in statuses if status.startswith("2")}
    return good or {status for status in statuses if status.startswith("3")}


def test_a_redirect_alone_is_no_success_where_there_are_others() -> None:
    assert successes(["200", "304", "308", "404", "default"]) == {"200"}
    assert successes(["307", "404"]) == {"307"}
    bare = [(row.name, method) for row in ROWS for method in row.methods if successes(said(row.pattern, method)) == {"307"}]
    assert bare == [("compat.root", "GET"), ("compat.root", "HEAD")]


def said(pattern: str, method: str) -> Iterable[str]:
    found: dict[str, Any] = DOCUMENT["paths"][pattern.replace("*}", "}")][method.lower()]["responses"]
    return found
