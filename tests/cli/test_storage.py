"""What an install stores, as its tenant's admins see it on a real platform."""

import base64

import pytest

from tests.platform import Platform

from .conftest import Run


@pytest.fixture
def on(run: Run, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ALGA_EXT_DATA_DIR", str(platform.data_dir))
    monkeypatch.setenv("ALGA_EXT_TENANT", "demo")
    return run


def test_listing_reading_and_clearing(on: Run, platform: Platform) -> None:
    path, name = platform.guest("storage"), "com.example.storage"
    assert platform.call(f"{path}/run", "POST", b"text").status == 200  # it stores under the path
    (namespace,) = on("storage", "list", name, "--json").json["namespaces"]
    assert (namespace["keys"], namespace["total_bytes"]) == (1, 7)
    told = on("storage", "list", name).out
    assert told.splitlines()[0].split() == ["NAME", "KEYS", "TOTAL", "BYTES"]
    assert "quota: 32 namespaces of 5120 keys, 268435456 bytes together" in told
    where = namespace["name"]
    assert [row["key"] for row in on("storage", "list", name, where, "--json").json["keys"]] == ["run"]
    assert "KEY  VALUE BYTES  REVISION  EXPIRES AT" in on("storage", "list", name, where).out
    assert on("storage", "get", name, where, "run").out == "text\n"
    assert platform.call(f"{path}/run", "POST", b"\x00\xff").status == 200
    assert on("storage", "get", name, where, "run").out == "AP8=\n"
    found = on("storage", "get", name, where, "run", "--json").json
    assert (found["value"], base64.b64decode(found["value_base64"]), found["revision"]) == (None, b"\x00\xff", 2)
    missing = on("storage", "get", name, where, "none", "--json")
    assert (missing.code, missing.json["error"]["reason"]) == (1, "storage_key_missing")
    assert on("storage", "clear", name, where).code == 2
    assert on("storage", "clear", name, where, "--yes", "--json").json == {"removed": 1}
    assert on("storage", "list", name).out.startswith("nothing is stored\n")
